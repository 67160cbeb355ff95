/* DEFLATE (RFC 1951), whole buffer to whole buffer. */
#ifndef BAILIWICK_INFLATE_H
#define BAILIWICK_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when `in` is one whole DEFLATE stream of exactly `out_length` bytes, which `out` then holds.
 * False for anything else: no byte outside `in` is read and none outside `out` is written. */
bool inflate(const uint8_t *in, size_t in_length, uint8_t *out, size_t out_length);

#endif
