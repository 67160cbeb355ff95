#include "symbols.h"

#include <stdio.h>
#include <string.h>

#include "../native/symbol_table.h"
#include "store.h"

enum { SYMBOLS_PER_ANSWER = 1000, HEAD_MAX = 64 };

static struct symbol_table table;
static struct shard_place place;

static void add(const char symbol[16]) {
  symbol_add(&table, symbol, place.index);
}

void symbols_start(struct shard_place given) {
  place = given.count ? given : (struct shard_place){.index = 0, .count = 1};
  store_symbols(add);
}

bool symbols_take(struct client *client, const struct order *order, bool *first) {
  *first = !symbol_find(&table, order->symbol);
  if (!*first) return true;
  unsigned home = shard_of_new_symbol(order->symbol, place.count);
  if (home != place.index) {
    client_printf(client,
                  "REJECT %s is not of shard %u: as a new symbol it goes to shard %u of %u; send "
                  "the order again",
                  order->symbol, place.index, home, place.count);
    return false;
  }
  add(order->symbol);
  return true;
}

/* Plain decimal, at most 9 digits. */
static bool parse_count(const char *text, size_t length, size_t *count) {
  *count = 0;
  for (size_t i = 0; i < length; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    *count = *count * 10 + (size_t)(text[i] - '0');
  }
  return length > 0 && length <= 9;
}

static void answer(struct client *client, size_t from) {
  static char text[HEAD_MAX + SYMBOLS_PER_ANSWER * (SYMBOL_MAX + 1)];
  size_t end = from + SYMBOLS_PER_ANSWER < table.count ? from + SYMBOLS_PER_ANSWER : table.count;
  int head = snprintf(text, HEAD_MAX, "SYMBOLS %u/%u %zu", place.index, place.count, table.count);
  char *to = text + head;
  for (size_t i = from; i < end; i++) {
    size_t length = strlen(table.all[i].name);
    *to++ = ' ';
    memcpy(to, table.all[i].name, length);
    to += length;
  }
  client_answer(client, text, (size_t)(to - text));
}

bool symbols_tell(struct client *client, const char *line, size_t length) {
  static const char word[] = "SYMBOLS";
  size_t word_length = sizeof word - 1, from;
  if (length < word_length || memcmp(line, word, word_length)) return false;
  if (length > word_length && line[word_length] != ' ') return false;
  if (length == word_length ||
      !parse_count(line + word_length + 1, length - word_length - 1, &from))
    client_printf(client, "REJECT expected SYMBOLS and how many are known, such as SYMBOLS 0");
  else if (from > table.count)
    client_printf(client, "REJECT there are only %zu symbols", table.count);
  else
    answer(client, from);
  return true;
}
