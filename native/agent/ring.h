/* The last bytes of an output, in a file without a name. Bytes are counted from the output's
 * first; of those from `start` to `end` nothing is missing. */
#ifndef BAILIWICK_RING_H
#define BAILIWICK_RING_H

#include "../common/sys.h"

struct ring {
  int fd;
  uint32_t room;
  bool in_memory;
  uint64_t base; /* the file's first byte is of this one, or of one that is a multiple of `room` later */
  uint64_t start, end;
};

/* In this directory, or in memory where that cannot be or its disk is full: -1 for none. Its first
 * byte will be `at`. */
long ring_open(struct ring *ring, int directory, uint32_t room, uint64_t at);
void ring_put(struct ring *ring, const uint8_t *bytes, uint32_t length); /* drops the oldest */
/* Bytes from `start` on, which are dropped by ring_drop; fewer than there are when the file cannot
 * be read. */
uint32_t ring_get(const struct ring *ring, uint8_t *bytes, uint32_t most);
void ring_drop(struct ring *ring, uint64_t before);
void ring_close(struct ring *ring);

#endif
