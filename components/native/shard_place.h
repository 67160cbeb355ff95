/* Which orders a shard takes: those of the symbols whose hash, modulo the number of shards, is its
 * index. Gateway and shards follow this one rule. A shard's orders stay with it, so the number of
 * shards is part of what a database is. As text: `1/4` is the second of four.
 *
 * An order has an id in its shard's database, 1, 2, 3 ..., and a number for clients, which no order
 * of another shard has: of four shards the second gives 2, 6, 10 ...
 */
#ifndef BAILIWICK_SHARD_PLACE_H
#define BAILIWICK_SHARD_PLACE_H

#include <stdbool.h>
#include <stdint.h>

enum { SHARDS_MAX = 10000, SHARD_TEXT_MAX = 16 };

struct shard_place {
  unsigned index, count;
};

bool parse_shard_place(const char *text, struct shard_place *place);
unsigned shard_of_symbol(const char symbol[16], unsigned count);
uint64_t order_number(uint64_t id, struct shard_place shard);

#endif
