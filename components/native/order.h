/* The text of an order: `BUY ACME 100 10.50`, `SELL ACME 5 9.99`.
 *
 * symbol    1 to 12 of A-Z, 0-9 and '.'
 * quantity  a whole number from 1 to 1,000,000,000
 * price     a decimal above 0, at most 11 digits before the point and 4 after it; kept exactly, as
 *           a number of 1/10,000s
 */
#ifndef BAILIWICK_ORDER_H
#define BAILIWICK_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SYMBOL_MAX = 12, QUANTITY_MAX = 1000000000, REASON_MAX = 200 };

struct order {
  bool sell;
  char symbol[16]; /* zero-filled to its end */
  int64_t quantity;
  int64_t price;
};

/* A line as people send it, sorted into what it asks for. */
enum request { REQUEST_ORDER, REQUEST_HELP, REQUEST_QUIT, REQUEST_BAD };

/* Reads one line without its end. REQUEST_BAD fills `reason`: what is wrong, what is expected. */
enum request parse_request(const char *line, size_t length, struct order *order, char *reason);

extern const char order_help[];

/* What a position takes from an order: bought adds, sold subtracts. */
static inline int64_t order_delta(const struct order *order) {
  return order->sell ? -order->quantity : order->quantity;
}

/* A symbol as it is kept: valid characters, then zeros only. */
bool symbol_is_valid(const char symbol[16]);

/* FNV-1a over the 16 bytes; stable: shards (shard_place.h) and tables depend on it. */
uint64_t symbol_hash(const char symbol[16]);

/* Writes a number in decimal; returns the end. At most 20 characters. */
char *put_number(char *to, uint64_t number);

#endif
