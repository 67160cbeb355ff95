/* The positions: signed quantities by symbol, the last order applied, and whose orders they are. */
#ifndef POSITIOND_BOOK_H
#define POSITIOND_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct position {
  char symbol[16];
  int64_t quantity;
};

struct book {
  struct position *slots; /* open addressing; a slot without a symbol is free */
  size_t capacity;        /* a power of two */
  size_t count;
  uint64_t applied;
  char database[40]; /* id of the database whose orders are kept; empty until the first writer */
};

void book_init(struct book *book);
void book_free(struct book *book);
const struct position *book_find(const struct book *book, const char symbol[16]);

/* False, and nothing changed, when the sum does not fit. */
bool book_add(struct book *book, const char symbol[16], int64_t delta);

/* All positions by symbol; freed by the caller. */
struct position *book_sorted(const struct book *book);

#endif
