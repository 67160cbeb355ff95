#include "symbol_table.h"

#include <stdlib.h>
#include <string.h>

#include "daemon.h"
#include "order.h"

enum { CAPACITY_FIRST = 256 };

static uint32_t *slot_of(const struct symbol_table *table, const char name[16]) {
  size_t i = symbol_hash(name) & (table->capacity - 1);
  while (table->slots[i] && memcmp(table->all[table->slots[i] - 1].name, name, 16))
    i = (i + 1) & (table->capacity - 1);
  return &table->slots[i];
}

struct symbol *symbol_find(const struct symbol_table *table, const char name[16]) {
  if (!table->capacity) return NULL;
  uint32_t slot = *slot_of(table, name);
  return slot ? &table->all[slot - 1] : NULL;
}

static void grow(struct symbol_table *table) {
  table->capacity = table->capacity ? table->capacity * 2 : CAPACITY_FIRST;
  free(table->slots);
  table->slots = calloc(table->capacity, sizeof *table->slots);
  table->all = realloc(table->all, table->capacity / 2 * sizeof *table->all);
  if (!table->slots || !table->all) fail("out of memory: cannot hold %zu symbols", table->count);
  for (size_t i = 0; i < table->count; i++)
    *slot_of(table, table->all[i].name) = (uint32_t)i + 1;
}

void symbol_add(struct symbol_table *table, const char name[16], unsigned shard) {
  if (table->count == table->capacity / 2) grow(table);
  struct symbol *symbol = &table->all[table->count++];
  memcpy(symbol->name, name, sizeof symbol->name);
  symbol->shard = shard;
  *slot_of(table, name) = (uint32_t)table->count;
}
