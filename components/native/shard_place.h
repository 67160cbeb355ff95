/* A shard's place among the others. As text: `1/4` is shard 1, counted from 0, where four take new
 * symbols; `5/4` is one that takes only orders of the symbols that it has.
 *
 * A symbol belongs to the shard that has it: whose database has an order of it. One that no shard
 * has goes to the shard whose index is its hash modulo the count. So the count decides only where
 * new symbols go, and can be another one from run to run.
 *
 * An order has an id in its shard's database, 1, 2, 3 ..., and a number for clients, which no order
 * of another shard has, however many there are: shard 1 gives 2, 258, 514 ... An orderd that is no
 * shard takes all symbols, and its numbers are its ids.
 */
#ifndef BAILIWICK_SHARD_PLACE_H
#define BAILIWICK_SHARD_PLACE_H

#include <stdbool.h>
#include <stdint.h>

/* The most shards that there can be, and so what is between the numbers of two orders of a shard. */
enum { SHARDS_MAX = 256 };

struct shard_place {
  unsigned index;
  unsigned count; /* how many shards take new symbols; 0: this is no shard */
};

bool parse_shard_place(const char *text, struct shard_place *place);
unsigned shard_of_new_symbol(const char symbol[16], unsigned count);
unsigned order_stride(struct shard_place place);
uint64_t order_number(uint64_t id, struct shard_place place);

#endif
