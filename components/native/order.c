#include "order.h"

#include <stdio.h>
#include <string.h>

const char order_help[] =
    "HELP BUY symbol quantity price | SELL symbol quantity price | HELP | QUIT; "
    "such as BUY ACME 100 10.50";

struct word {
  const char *at;
  size_t length;
};

enum { WORDS = 5, QUOTED = 24 };

static size_t split(const char *line, size_t length, struct word words[WORDS]) {
  size_t count = 0, i = 0;
  while (count < WORDS) {
    while (i < length && (line[i] == ' ' || line[i] == '\t')) i++;
    if (i == length) break;
    size_t start = i;
    while (i < length && line[i] != ' ' && line[i] != '\t') i++;
    words[count++] = (struct word){line + start, i - start};
  }
  return count;
}

static bool is(struct word word, const char *text) {
  return strlen(text) == word.length && !memcmp(word.at, text, word.length);
}

static enum request bad(char *reason, const char *what, struct word word, const char *expected) {
  bool cut = word.length > QUOTED;
  snprintf(reason, REASON_MAX, "%s \"%.*s%s\": expected %s", what,
           (int)(cut ? QUOTED : word.length), word.at, cut ? "..." : "", expected);
  return REQUEST_BAD;
}

static bool symbol_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.';
}

static bool parse_symbol(struct word word, char symbol[16]) {
  if (word.length < 1 || word.length > SYMBOL_MAX) return false;
  memset(symbol, 0, 16);
  memcpy(symbol, word.at, word.length);
  return symbol_is_valid(symbol);
}

bool symbol_is_valid(const char symbol[16]) {
  int length = 0;
  while (length < SYMBOL_MAX && symbol_character(symbol[length])) length++;
  for (int i = length; i < 16; i++)
    if (symbol[i]) return false;
  return length > 0;
}

/* Digits only, at most `most` of them; the end of them, or NULL when there is none. */
static const char *digits(const char *at, const char *end, int most, int64_t *value) {
  const char *start = at;
  *value = 0;
  while (at < end && *at >= '0' && *at <= '9') {
    if (at - start == most) return NULL;
    *value = *value * 10 + (*at++ - '0');
  }
  return at == start ? NULL : at;
}

static bool parse_quantity(struct word word, int64_t *quantity) {
  const char *end = word.at + word.length;
  return digits(word.at, end, 10, quantity) == end && *quantity >= 1 && *quantity <= QUANTITY_MAX;
}

static bool parse_price(struct word word, int64_t *price) {
  const char *end = word.at + word.length;
  const char *at = digits(word.at, end, 11, price);
  if (!at) return false;
  int64_t fraction = 0;
  int places = 0;
  if (at < end && *at == '.') {
    const char *after = digits(at + 1, end, 4, &fraction);
    if (after != end) return false;
    places = (int)(end - at - 1);
    at = after;
  }
  for (; places < 4; places++) fraction *= 10;
  *price = *price * 10000 + fraction;
  return at == end && *price > 0;
}

static bool is_printable(const char *line, size_t length) {
  for (size_t i = 0; i < length; i++)
    if ((unsigned char)line[i] - 0x20u > 0x5eu && line[i] != '\t') return false;
  return true;
}

static enum request parse_order(struct word words[WORDS], size_t count, struct order *order,
                                char *reason) {
  if (count != 4) {
    snprintf(reason, REASON_MAX,
             "expected four words, %.4s symbol quantity price, such as %.4s ACME 100 10.50",
             order->sell ? "SELL" : "BUY", order->sell ? "SELL" : "BUY");
    return REQUEST_BAD;
  }
  if (!parse_symbol(words[1], order->symbol))
    return bad(reason, "symbol", words[1], "1 to 12 of A-Z, 0-9 and '.'");
  if (!parse_quantity(words[2], &order->quantity))
    return bad(reason, "quantity", words[2], "a whole number from 1 to 1000000000");
  if (!parse_price(words[3], &order->price))
    return bad(reason, "price", words[3],
               "a decimal above 0, such as 10.50, with at most 11 digits before the point and 4 "
               "after it");
  return REQUEST_ORDER;
}

enum request parse_request(const char *line, size_t length, struct order *order, char *reason) {
  struct word words[WORDS];
  if (!is_printable(line, length)) {
    snprintf(reason, REASON_MAX, "line holds bytes that are not printable ASCII");
    return REQUEST_BAD;
  }
  size_t count = split(line, length, words);
  if (count == 0) {
    snprintf(reason, REASON_MAX, "empty line: expected an order, such as BUY ACME 100 10.50");
    return REQUEST_BAD;
  }
  if (is(words[0], "BUY") || is(words[0], "SELL")) {
    order->sell = words[0].length == 4;
    return parse_order(words, count, order, reason);
  }
  if (count == 1 && is(words[0], "HELP")) return REQUEST_HELP;
  if (count == 1 && is(words[0], "QUIT")) return REQUEST_QUIT;
  return bad(reason, "unknown request", words[0], "BUY, SELL, HELP or QUIT");
}

uint64_t symbol_hash(const char symbol[16]) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (int i = 0; i < 16; i++) hash = (hash ^ (unsigned char)symbol[i]) * 0x100000001b3u;
  return hash ^ hash >> 32;
}

char *put_number(char *to, uint64_t number) {
  char digits_of[20];
  int count = 0;
  do digits_of[count++] = (char)('0' + number % 10);
  while ((number /= 10) != 0);
  while (count) *to++ = digits_of[--count];
  return to;
}
