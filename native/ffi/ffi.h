/* The functions that Deno calls. Each returns -errno when it fails. */
#ifndef BAILIWICK_FFI_H
#define BAILIWICK_FFI_H

#include <stdint.h>

#define FFI __attribute__((visibility("default")))

/* Runs the agent whose bytes are given, with these arguments, its name the first, and this
 * environment (NAME=value), each ended by NUL; and with a copy of the socket `stream` as its stream.
 * Returns the pid of its keeper, which the caller waits for. */
FFI int32_t bw_launch(const uint8_t *agent, uint64_t length, const uint8_t *words,
                      uint64_t words_length, const uint8_t *environment,
                      uint64_t environment_length, int32_t stream, uint64_t open_files);

/* Waits for a child, blocking; `status` as wait(2) has it. */
FFI int32_t bw_wait(int32_t pid, int32_t *status);

/* Runs the body of a CALL in this process; `length` is that of the body and of the room that follows it.
 * The body of a REPLY takes its place; returns that one's length. The body must be aligned to 8 bytes. */
FFI int32_t bw_batch(uint8_t *body, uint32_t length);

FFI int64_t bw_syscall(int64_t nr, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e,
                       int64_t f);

#endif
