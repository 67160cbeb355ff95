/* A code is looked up by its first FAST_BITS bits in a table; the few longer ones are decoded bit
 * by bit from the canonical counts. `bits` always holds at least 56 valid bits after refill() until
 * the input ends; then zeros follow, and taking one of those makes `count` negative, which is an
 * error. */
#include "inflate.h"

#include <string.h>

#define MAX_BITS 15
#define FAST_BITS 12
#define LITERALS 288
#define DISTANCES 32

struct reader {
  const uint8_t *next, *end;
  uint64_t bits;
  int count;
};

struct code {
  uint16_t fast[1 << FAST_BITS]; /* symbol << 4 | length; 0: longer than FAST_BITS, or no code */
  uint16_t count[MAX_BITS + 1];
  uint16_t symbol[LITERALS];
};

struct output {
  uint8_t *start, *next, *end;
};

static inline void refill(struct reader *r) {
  if (r->count < 0) return; /* the caller sees it */
  if (r->end - r->next >= 8) {
    uint64_t more;
    memcpy(&more, r->next, 8);
    r->bits |= more << r->count;
    r->next += (63 - r->count) >> 3;
    r->count |= 56;
    return;
  }
  for (; r->count <= 56 && r->next < r->end; r->count += 8)
    r->bits |= (uint64_t)*r->next++ << r->count;
}

static inline unsigned take(struct reader *r, int n) {
  unsigned value = (unsigned)(r->bits & ((1u << n) - 1));
  r->bits >>= n;
  r->count -= n;
  return value;
}

static unsigned reversed(unsigned code, int length) {
  unsigned result = 0;
  for (; length; length--, code >>= 1) result = result << 1 | (code & 1);
  return result;
}

/* An incomplete code is allowed (RFC 1951 has one for a single distance); an oversubscribed is not.
 */
static bool make_code(struct code *code, const uint8_t *lengths, int n) {
  uint16_t offset[MAX_BITS + 2] = {0}, first[MAX_BITS + 2] = {0};
  int left = 1;
  memset(code->count, 0, sizeof code->count);
  memset(code->fast, 0, sizeof code->fast);
  for (int i = 0; i < n; i++) code->count[lengths[i]]++;
  code->count[0] = 0;
  for (int i = 1; i <= MAX_BITS; i++) {
    left = left * 2 - code->count[i];
    if (left < 0) return false;
    offset[i + 1] = (uint16_t)(offset[i] + code->count[i]);
    first[i + 1] = (uint16_t)((first[i] + code->count[i]) << 1);
  }
  for (int i = 0; i < n; i++) {
    int length = lengths[i];
    if (!length) continue;
    code->symbol[offset[length]++] = (uint16_t)i;
    unsigned at = reversed(first[length]++, length);
    for (; length <= FAST_BITS && at < 1u << FAST_BITS; at += 1u << length)
      code->fast[at] = (uint16_t)(i << 4 | length);
  }
  return true;
}

static int decode_slow(struct reader *r, const struct code *code) {
  int value = 0, first = 0, index = 0;
  for (int length = 1; length <= MAX_BITS; length++) {
    value |= (int)take(r, 1);
    int count = code->count[length];
    if (value - count < first) return code->symbol[index + (value - first)];
    index += count;
    first = (first + count) << 1;
    value <<= 1;
  }
  return -1;
}

static inline int decode(struct reader *r, const struct code *code) {
  unsigned entry = code->fast[r->bits & ((1u << FAST_BITS) - 1)];
  if (!entry) return decode_slow(r, code);
  take(r, (int)(entry & 15));
  return (int)(entry >> 4);
}

static bool stored_block(struct reader *r, struct output *out) {
  take(r, r->count & 7);
  refill(r);
  unsigned length = take(r, 16), check = take(r, 16);
  if (r->count < 0 || length != (check ^ 0xffff)) return false;
  r->next -= r->count >> 3; /* give back the whole bytes that were read ahead */
  r->bits = 0;
  r->count = 0;
  if ((size_t)(r->end - r->next) < length || (size_t)(out->end - out->next) < length) return false;
  memcpy(out->next, r->next, length);
  r->next += length;
  out->next += length;
  return true;
}

/* Writes up to 7 bytes more than it should where there is room, which are written again later. */
static inline bool copy_match(struct output *out, size_t length, size_t distance) {
  if (distance > (size_t)(out->next - out->start)) return false;
  if (length > (size_t)(out->end - out->next)) return false;
  uint8_t *to = out->next, *end = to + length;
  const uint8_t *from = to - distance;
  out->next = end;
  if (distance >= 8 && out->end - end >= 8) {
    do {
      memcpy(to, from, 8);
      to += 8, from += 8;
    } while (to < end);
  } else {
    while (to < end) *to++ = *from++;
  }
  return true;
}

static const uint16_t length_base[29] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,
                                         15, 17, 19, 23, 27, 31, 35, 43, 51,  59,
                                         67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_extra[29] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                         2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
static const uint16_t distance_base[30] = {
    1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
    193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};

/* What a length and a distance take at the most: two codes and their extra bits. */
#define MATCH_BITS (MAX_BITS + 5 + MAX_BITS + 13)

/* One match, of which the first symbol was decoded. */
static inline bool match(struct reader *r, struct output *out, const struct code *distances,
                         int symbol) {
  if ((symbol -= 257) >= 29) return false;
  size_t length = length_base[symbol] + take(r, length_extra[symbol]);
  int far = decode(r, distances);
  if (far < 0 || far >= 30) return false;
  size_t distance = distance_base[far] + take(r, far < 4 ? 0 : far / 2 - 1);
  return r->count >= 0 && copy_match(out, length, distance);
}

/* What is read and written is kept in variables of its own, which stay in registers. */
static bool coded_block(struct reader *reader, struct output *output, const struct code *literals,
                        const struct code *distances) {
  struct reader r = *reader;
  struct output out = *output;
  int symbol;
  do {
    refill(&r);
    do {
      symbol = decode(&r, literals);
      if (r.count < 0 || symbol < 0) return false;
      if (symbol >= 256) break;
      if (out.next == out.end) return false;
      *out.next++ = (uint8_t)symbol;
    } while (r.count >= MATCH_BITS);
    if (symbol > 256 && !match(&r, &out, distances, symbol)) return false;
  } while (symbol != 256);
  *reader = r;
  *output = out;
  return true;
}

static bool read_lengths(struct reader *r, const struct code *code, uint8_t *lengths, int n) {
  for (int i = 0; i < n;) {
    refill(r);
    int symbol = decode(r, code), times = 1;
    uint8_t length = (uint8_t)symbol;
    if (symbol < 0) return false;
    if (symbol >= 16) length = 0;
    if (symbol == 16) {
      if (!i) return false;
      length = lengths[i - 1];
      times = 3 + (int)take(r, 2);
    }
    if (symbol == 17) times = 3 + (int)take(r, 3);
    if (symbol == 18) times = 11 + (int)take(r, 7);
    if (r->count < 0 || times > n - i) return false;
    memset(lengths + i, length, (size_t)times);
    i += times;
  }
  return true;
}

static bool dynamic_codes(struct reader *r, struct code *literals, struct code *distances) {
  static const uint8_t order[19] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                    11, 4,  12, 3, 13, 2, 14, 1, 15};
  uint8_t lengths[LITERALS + DISTANCES] = {0};
  int nliterals = 257 + (int)take(r, 5), ndistances = 1 + (int)take(r, 5);
  int nlengths = 4 + (int)take(r, 4);
  if (nliterals > 286 || ndistances > 30) return false;
  for (int i = 0; i < nlengths; i++) {
    refill(r);
    lengths[order[i]] = (uint8_t)take(r, 3);
  }
  if (r->count < 0 || !make_code(literals, lengths, 19)) return false;
  struct code length_code = *literals;
  memset(lengths, 0, sizeof lengths);
  return read_lengths(r, &length_code, lengths, nliterals + ndistances) &&
         make_code(literals, lengths, nliterals) &&
         make_code(distances, lengths + nliterals, ndistances);
}

static bool fixed_codes(struct code *literals, struct code *distances) {
  uint8_t lengths[LITERALS];
  memset(lengths, 8, 144);
  memset(lengths + 144, 9, 112);
  memset(lengths + 256, 7, 24);
  memset(lengths + 280, 8, 8);
  if (!make_code(literals, lengths, LITERALS)) return false;
  memset(lengths, 5, 30);
  return make_code(distances, lengths, 30);
}

static bool block(struct reader *r, struct output *out, unsigned type) {
  struct code literals, distances;
  if (type == 0) return stored_block(r, out);
  if (type == 1 && !fixed_codes(&literals, &distances)) return false;
  if (type == 2 && !dynamic_codes(r, &literals, &distances)) return false;
  return type < 3 && coded_block(r, out, &literals, &distances);
}

bool inflate(const uint8_t *in, size_t in_length, uint8_t *out, size_t out_length) {
  struct reader r = {in, in + in_length, 0, 0};
  struct output o = {out, out, out + out_length};
  for (unsigned last = 0; !last;) {
    refill(&r);
    last = take(&r, 1);
    unsigned type = take(&r, 2);
    if (r.count < 0 || !block(&r, &o, type)) return false;
  }
  return o.next == o.end;
}
