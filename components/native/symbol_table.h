/* Symbols in the order in which they were added, each with the shard that has it. A table that is
 * zeros is an empty one. */
#ifndef BAILIWICK_SYMBOL_TABLE_H
#define BAILIWICK_SYMBOL_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct symbol {
  char name[16];
  unsigned shard;
};

struct symbol_table {
  struct symbol *all;
  size_t count;
  uint32_t *slots; /* open addressing: 1 + an index of `all`, or 0 */
  size_t capacity; /* of slots, a power of two; `all` has room for half as many */
};

/* NULL when it is not there; else valid until the next one is added. */
struct symbol *symbol_find(const struct symbol_table *table, const char name[16]);

/* It is not there yet. */
void symbol_add(struct symbol_table *table, const char name[16], unsigned shard);

#endif
