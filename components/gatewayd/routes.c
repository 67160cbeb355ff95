#define _GNU_SOURCE
#include "routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../native/daemon.h"
#include "../native/order.h"
#include "../native/shard_place.h"
#include "../native/symbol_table.h"

static struct symbol_table table;
static unsigned shards, count, unsettled;
static struct {
  unsigned told_count;
  bool settled; /* told all, the last time as one of `count` */
} told[SHARDS_MAX];

void routes_init(unsigned all, unsigned of_new) {
  shards = unsettled = all;
  count = of_new;
}

unsigned routes_told_count(unsigned shard) {
  return told[shard].told_count;
}

/* That two shards have one symbol is a fault; the same one gets its orders after each start. */
static void know(const char name[16], unsigned shard) {
  struct symbol *symbol = symbol_find(&table, name);
  if (!symbol) {
    symbol_add(&table, name, shard);
  } else if (symbol->shard != shard) {
    log_line("%s is in the books of shard %u and of shard %u: its orders go to the lower one", name,
             symbol->shard, shard);
    if (shard < symbol->shard) symbol->shard = shard;
  }
}

static bool take_symbol(unsigned shard, const char *word) {
  char name[16] = {0};
  size_t length = strlen(word);
  if (length > SYMBOL_MAX) return false;
  memcpy(name, word, length);
  if (!symbol_is_valid(name)) return false;
  know(name, shard);
  return true;
}

static bool parse_total(const char *word, size_t *total) {
  char *end;
  *total = strtoul(word, &end, 10);
  return word[0] >= '0' && word[0] <= '9' && !*end;
}

static bool take_symbols(unsigned shard, char **rest, size_t total, size_t *known) {
  size_t before = *known;
  for (char *word; (word = strtok_r(NULL, " ", rest)); (*known)++)
    if (*known == total || !take_symbol(shard, word)) return false;
  return *known > before || *known == total;
}

static void settle(unsigned shard, bool settled) {
  if (told[shard].settled == settled) return;
  told[shard].settled = settled;
  unsettled += settled ? -1u : 1u;
}

bool routes_learn(unsigned shard, char *line, size_t *known, bool *done, char *why,
                  size_t why_size) {
  struct shard_place place = {0};
  size_t total;
  char *rest, *first = strtok_r(line, " ", &rest);
  char *place_word = first ? strtok_r(NULL, " ", &rest) : NULL;
  char *total_word = place_word ? strtok_r(NULL, " ", &rest) : NULL;
  bool good = total_word && !strcmp(first, "SYMBOLS") && parse_shard_place(place_word, &place) &&
              parse_total(total_word, &total);
  if (good && place.index != shard) {
    snprintf(why, why_size, "it is shard %u", place.index);
    return false;
  }
  if (!good || !take_symbols(shard, &rest, total, known)) {
    snprintf(why, why_size, "it does not tell its symbols");
    return false;
  }
  *done = *known == total;
  told[shard].told_count = place.count;
  if (*done || place.count != count) settle(shard, place.count == count);
  return true;
}

unsigned routes_find(const char symbol[16], bool *unsure) {
  const struct symbol *found = symbol_find(&table, symbol);
  *unsure = !found && unsettled;
  if (found) return found->shard;
  if (!unsettled) return shard_of_new_symbol(symbol, count);
  unsigned shard = 0;
  while (told[shard].settled) shard++;
  return shard;
}
