/* SHA-256 (FIPS 180-4), with the processor's own instructions where x86_64 has them. */
#ifndef BAILIWICK_SHA256_H
#define BAILIWICK_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

struct sha256 {
  uint32_t state[8];
  uint64_t length;
  uint8_t block[64]; /* the bytes after the last whole block: length % 64 of them */
};

void sha256_init(struct sha256 *hash);
void sha256_update(struct sha256 *hash, const void *data, size_t length);
void sha256_final(struct sha256 *hash, uint8_t digest[SHA256_SIZE]);
void sha256_of(const void *data, size_t length, uint8_t digest[SHA256_SIZE]);

#endif
