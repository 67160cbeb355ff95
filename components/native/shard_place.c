#include "shard_place.h"

#include <stdlib.h>

#include "order.h"

/* Plain decimal: no sign, space or leading zero. */
static bool parse_part(const char *text, char end_with, unsigned *value, const char **after) {
  char *end;
  if (text[0] < '0' || text[0] > '9' || (text[0] == '0' && text[1] != end_with)) return false;
  unsigned long number = strtoul(text, &end, 10);
  *value = (unsigned)number;
  *after = end + 1;
  return *end == end_with && number <= SHARDS_MAX;
}

bool parse_shard_place(const char *text, struct shard_place *place) {
  return parse_part(text, '/', &place->index, &text) &&
         parse_part(text, 0, &place->count, &text) && place->index < SHARDS_MAX && place->count > 0;
}

unsigned shard_of_new_symbol(const char symbol[16], unsigned count) {
  return (unsigned)(symbol_hash(symbol) % count);
}

unsigned order_stride(struct shard_place place) {
  return place.count ? SHARDS_MAX : 1;
}

uint64_t order_number(uint64_t id, struct shard_place place) {
  return (id - 1) * order_stride(place) + place.index + 1;
}
