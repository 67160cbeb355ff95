/* unpack SHA256: reads a packed file from descriptor 0 and writes it to descriptor 1.
 *
 * A packed file is pieces, so that one is unpacked while the next is on its way:
 *
 *     u32 stored, u32 size    little endian; bytes that follow, and what they become
 *     bytes[stored]           DEFLATE (RFC 1951); as they are if `stored` is `size`
 *
 * and ends with a piece of which both are 0. A piece becomes at most PIECE bytes. It exits with 0 when all
 * was written and is what the hash says, which is in hexadecimal; with 2 if it cannot be written, and with 1 if
 * it is not what it should be, after a word on descriptor 2. lib/packages/packed/pieces.ts writes the format. */
#include "../common/sys.h"
#include "../launcher/inflate.h"
#include "../launcher/sha256.h"

#define PIECE (1u << 20)

static uint8_t stored_bytes[PIECE], unpacked[PIECE];

enum { DAMAGED = 1, UNWRITABLE = 2 };

_Noreturn static void fail(int status, const char *why) {
  static const char prefix[] = "unpack: ";
  sys_write(2, prefix, sizeof prefix - 1);
  sys_write(2, why, strlen(why));
  sys_write(2, "\n", 1);
  sys_exit(status);
}

static void read_all(uint8_t *bytes, size_t length) {
  while (length > 0) {
    long n = sys_read(0, bytes, length);
    if (n == -EINTR) continue;
    if (n < 0) fail(DAMAGED, "what is packed cannot be read");
    if (n == 0) fail(DAMAGED, "what is packed ends too early");
    bytes += n;
    length -= (size_t)n;
  }
}

static void write_all(const uint8_t *bytes, size_t length) {
  while (length > 0) {
    long n = sys_write(1, bytes, length);
    if (n == -EINTR) continue;
    if (n == -ENOSPC || n == -EDQUOT) fail(UNWRITABLE, "there is no space left for the file");
    if (n <= 0) fail(UNWRITABLE, "the file cannot be written");
    bytes += n;
    length -= (size_t)n;
  }
}

static uint32_t read_u32(const uint8_t *p) {
  return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Unpacks one piece; false when it was the end. */
static bool unpack_piece(struct sha256 *hash) {
  uint8_t header[8];
  read_all(header, sizeof header);
  uint32_t stored = read_u32(header), size = read_u32(header + 4);
  if (stored == 0 && size == 0) return false;
  if (stored == 0 || stored > size || size > PIECE) fail(DAMAGED, "what is packed is damaged");
  uint8_t *target = stored == size ? unpacked : stored_bytes;
  read_all(target, stored);
  if (target == stored_bytes && !inflate(stored_bytes, stored, unpacked, size))
    fail(DAMAGED, "what is packed is damaged");
  sha256_update(hash, unpacked, size);
  write_all(unpacked, size);
  return true;
}

static bool is_hash(const uint8_t digest[SHA256_SIZE], const char *text) {
  static const char digits[] = "0123456789abcdef";
  if (strlen(text) != 2 * SHA256_SIZE) return false;
  for (size_t i = 0; i < SHA256_SIZE; i++)
    if (text[2 * i] != digits[digest[i] >> 4] || text[2 * i + 1] != digits[digest[i] & 15])
      return false;
  return true;
}

_Noreturn static void unpack(const char *hash_text) {
  struct sha256 hash;
  uint8_t digest[SHA256_SIZE];
  sha256_init(&hash);
  while (unpack_piece(&hash)) continue;
  sha256_final(&hash, digest);
  if (!is_hash(digest, hash_text)) fail(DAMAGED, "the file is not what it should be (sha256 differs)");
  sys_exit(0);
}

#if defined(__x86_64__)
__asm__(
    ".text\n.globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n"
    "  call start\n");
#elif defined(__aarch64__)
__asm__(".text\n.globl _start\n_start:\n  mov x29, #0\n  mov x30, #0\n  mov x0, sp\n  bl start\n");
#endif

/* The stack holds argc, and the arguments. */
_Noreturn void start(uint64_t *stack);
_Noreturn void start(uint64_t *stack) {
  if (stack[0] != 2) fail(DAMAGED, "give the sha256 of the file, and what is packed on descriptor 0");
  unpack((const char *)stack[2]);
}
