#include "book.h"

#include <stdlib.h>
#include <string.h>

#include "../native/daemon.h"
#include "../native/order.h"

static struct position *new_slots(size_t capacity) {
  struct position *slots = calloc(capacity, sizeof *slots);
  if (!slots) fail("out of memory: cannot hold %zu positions", capacity);
  return slots;
}

void book_init(struct book *book) {
  *book = (struct book){.capacity = 256, .slots = new_slots(256)};
}

void book_free(struct book *book) {
  free(book->slots);
}

static struct position *slot_of(const struct book *book, const char symbol[16]) {
  size_t i = symbol_hash(symbol) & (book->capacity - 1);
  while (book->slots[i].symbol[0] && memcmp(book->slots[i].symbol, symbol, 16))
    i = (i + 1) & (book->capacity - 1);
  return &book->slots[i];
}

const struct position *book_find(const struct book *book, const char symbol[16]) {
  const struct position *slot = slot_of(book, symbol);
  return slot->symbol[0] ? slot : NULL;
}

static void grow(struct book *book) {
  struct position *old = book->slots;
  size_t old_capacity = book->capacity;
  book->slots = new_slots(old_capacity * 2);
  book->capacity = old_capacity * 2;
  for (size_t i = 0; i < old_capacity; i++)
    if (old[i].symbol[0]) *slot_of(book, old[i].symbol) = old[i];
  free(old);
}

bool book_add(struct book *book, const char symbol[16], int64_t delta) {
  if ((book->count + 1) * 4 > book->capacity * 3) grow(book);
  struct position *slot = slot_of(book, symbol);
  int64_t quantity;
  if (__builtin_add_overflow(slot->quantity, delta, &quantity)) return false;
  if (!slot->symbol[0]) {
    memcpy(slot->symbol, symbol, 16);
    book->count++;
  }
  slot->quantity = quantity;
  return true;
}

static int by_symbol(const void *a, const void *b) {
  return memcmp(((const struct position *)a)->symbol, ((const struct position *)b)->symbol, 16);
}

struct position *book_sorted(const struct book *book) {
  struct position *sorted = must_alloc((book->count + 1) * sizeof *sorted);
  size_t count = 0;
  for (size_t i = 0; i < book->capacity; i++)
    if (book->slots[i].symbol[0]) sorted[count++] = book->slots[i];
  qsort(sorted, count, sizeof *sorted, by_symbol);
  return sorted;
}
