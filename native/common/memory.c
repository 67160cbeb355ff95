/* The functions that the compiler calls by itself in a freestanding program. */
#include "sys.h"

#ifndef HOSTED

#if defined(__x86_64__)
static void copy_forwards(uint8_t *target, const uint8_t *source, size_t length) {
  __asm__ volatile("rep movsb" : "+D"(target), "+S"(source), "+c"(length) : : "memory");
}

static void fill(uint8_t *target, uint8_t byte, size_t length) {
  __asm__ volatile("rep stosb" : "+D"(target), "+c"(length) : "a"(byte) : "memory");
}
#else
typedef uint64_t __attribute__((may_alias, aligned(1))) word;

static void copy_forwards(uint8_t *target, const uint8_t *source, size_t length) {
  for (; length >= sizeof(word); length -= sizeof(word)) {
    *(word *)target = *(const word *)source;
    target += sizeof(word);
    source += sizeof(word);
  }
  while (length--) *target++ = *source++;
}

static void fill(uint8_t *target, uint8_t byte, size_t length) {
  while (length--) *target++ = byte;
}
#endif

void *memcpy(void *restrict to, const void *restrict from, size_t length) {
  copy_forwards(to, from, length);
  return to;
}

void *memset(void *to, int byte, size_t length) {
  fill(to, (uint8_t)byte, length);
  return to;
}

/* A move to a lower address copies forwards word by word, which is right for any distance of at
 * least a word; what is nearer, or moves to a higher address within itself, goes byte by byte. */
void *memmove(void *to, const void *from, size_t length) {
  uint8_t *target = to;
  const uint8_t *source = from;
  if (target + sizeof(uint64_t) <= source || target >= source + length) {
    copy_forwards(target, source, length);
  } else if (target < source) {
    while (length--) *target++ = *source++;
  } else if (target > source) {
    while (length--) target[length] = source[length];
  }
  return to;
}

int memcmp(const void *left, const void *right, size_t length) {
  const uint8_t *a = left, *b = right;
  for (; length; length--, a++, b++)
    if (*a != *b) return *a - *b;
  return 0;
}

size_t strlen(const char *text) {
  size_t length = 0;
  while (text[length]) length++;
  return length;
}

#endif
