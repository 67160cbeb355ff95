#include "sha256.h"

#include <string.h>

static const uint32_t K[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static uint32_t rotate(uint32_t x, int n) {
  return x >> n | x << (32 - n);
}

static uint32_t read_big(const uint8_t *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void write_big(uint8_t *p, uint32_t x) {
  for (int i = 0; i < 4; i++) p[i] = (uint8_t)(x >> (24 - 8 * i));
}

static void schedule(uint32_t w[64], const uint8_t *block) {
  for (int i = 0; i < 16; i++) w[i] = read_big(block + 4 * i);
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    uint32_t s0 = rotate(a, 7) ^ rotate(a, 18) ^ a >> 3;
    uint32_t s1 = rotate(b, 17) ^ rotate(b, 19) ^ b >> 10;
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
}

static void compress_portable(uint32_t state[8], const uint8_t *block) {
  uint32_t w[64], s[8];
  schedule(w, block);
  memcpy(s, state, sizeof s);
  for (int i = 0; i < 64; i++) {
    uint32_t e = s[4], a = s[0];
    uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    uint32_t t1 = s[7] + s1 + ((e & s[5]) ^ (~e & s[6])) + K[i] + w[i];
    uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    uint32_t t2 = s0 + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof *s);
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) state[i] += s[i];
}

static void blocks_portable(uint32_t state[8], const uint8_t *data, size_t count) {
  for (; count; count--, data += 64) compress_portable(state, data);
}

#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>

static int has_sha(void) {
  unsigned a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_SSE4_1) || !(c & bit_SSSE3)) return 0;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (b & bit_SHA);
}

/* Four rounds; m[0..3] hold the next sixteen words, and m[0] becomes the four after those. */
__attribute__((target("sha,sse4.1,ssse3"))) static inline void rounds(__m128i s[2], __m128i m[4],
                                                                      int i) {
  __m128i k = _mm_add_epi32(m[0], _mm_loadu_si128((const __m128i *)(K + i)));
  s[1] = _mm_sha256rnds2_epu32(s[1], s[0], k);
  s[0] = _mm_sha256rnds2_epu32(s[0], s[1], _mm_shuffle_epi32(k, 0x0e));
  __m128i next = _mm_add_epi32(_mm_sha256msg1_epu32(m[0], m[1]), _mm_alignr_epi8(m[3], m[2], 4));
  next = _mm_sha256msg2_epu32(next, m[3]);
  m[0] = m[1], m[1] = m[2], m[2] = m[3], m[3] = next;
}

__attribute__((target("sha,sse4.1,ssse3"))) static void blocks_sha(uint32_t state[8],
                                                                   const uint8_t *data,
                                                                   size_t count) {
  const __m128i big = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  /* The instructions want the state as ABEF and CDGH, high word first. */
  __m128i t = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)state), 0xb1);
  __m128i u = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(state + 4)), 0x1b);
  __m128i s[2] = {_mm_alignr_epi8(t, u, 8), _mm_blend_epi16(u, t, 0xf0)};
  for (; count; count--, data += 64) {
    __m128i before[2] = {s[0], s[1]}, m[4];
    for (int i = 0; i < 4; i++)
      m[i] = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)data + i), big);
#pragma GCC unroll 16
    for (int i = 0; i < 64; i += 4) rounds(s, m, i);
    s[0] = _mm_add_epi32(s[0], before[0]);
    s[1] = _mm_add_epi32(s[1], before[1]);
  }
  t = _mm_shuffle_epi32(s[0], 0x1b);
  u = _mm_shuffle_epi32(s[1], 0xb1);
  _mm_storeu_si128((__m128i *)state, _mm_blend_epi16(t, u, 0xf0));
  _mm_storeu_si128((__m128i *)(state + 4), _mm_alignr_epi8(u, t, 8));
}

static void blocks(uint32_t state[8], const uint8_t *data, size_t count) {
  static int sha = -1;
  if (sha < 0) sha = has_sha();
  (sha ? blocks_sha : blocks_portable)(state, data, count);
}
#else
static void blocks(uint32_t state[8], const uint8_t *data, size_t count) {
  blocks_portable(state, data, count);
}
#endif

void sha256_init(struct sha256 *hash) {
  static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  memcpy(hash->state, first, sizeof first);
  hash->length = 0;
}

void sha256_update(struct sha256 *hash, const void *data, size_t length) {
  const uint8_t *p = data;
  size_t used = hash->length % 64;
  hash->length += length;
  if (used + length < 64) {
    memcpy(hash->block + used, p, length);
    return;
  }
  if (used) {
    memcpy(hash->block + used, p, 64 - used);
    blocks(hash->state, hash->block, 1);
    p += 64 - used, length -= 64 - used;
  }
  blocks(hash->state, p, length / 64);
  memcpy(hash->block, p + length / 64 * 64, length % 64);
}

void sha256_final(struct sha256 *hash, uint8_t digest[SHA256_SIZE]) {
  static const uint8_t padding[64] = {0x80};
  uint64_t bits = hash->length * 8;
  uint8_t tail[8];
  write_big(tail, (uint32_t)(bits >> 32));
  write_big(tail + 4, (uint32_t)bits);
  sha256_update(hash, padding, 1 + (119 - hash->length % 64) % 64);
  sha256_update(hash, tail, sizeof tail);
  for (int i = 0; i < 8; i++) write_big(digest + 4 * i, hash->state[i]);
}

void sha256_of(const void *data, size_t length, uint8_t digest[SHA256_SIZE]) {
  struct sha256 hash;
  sha256_init(&hash);
  sha256_update(&hash, data, length);
  sha256_final(&hash, digest);
}
