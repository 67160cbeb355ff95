#include "ring.h"

#include <linux/memfd.h>

static long memory(void) {
  return sys_2(__NR_memfd_create, "output", MFD_CLOEXEC);
}

long ring_open(struct ring *ring, int directory, uint32_t room, uint64_t at) {
  long fd = -EBADF;
  if (directory >= 0)
    fd = sys_4(__NR_openat, directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  bool in_memory = fd < 0;
  if (in_memory) fd = memory();
  *ring = (struct ring){(int)fd, room, in_memory, at, at, at};
  return fd < 0 ? fd : 0;
}

/* The part of a range that lies in one piece in the file. */
static uint32_t piece(const struct ring *ring, uint64_t from, uint32_t length, uint64_t *place) {
  *place = (from - ring->base) % ring->room;
  uint64_t left = ring->room - *place;
  return length < left ? length : (uint32_t)left;
}

static bool write_all(const struct ring *ring, const uint8_t *bytes, uint32_t length,
                      uint64_t place) {
  while (length) {
    long put = sys_4(__NR_pwrite64, ring->fd, bytes, length, place);
    if (put == -EINTR) continue;
    if (put <= 0) return false;
    bytes += put;
    place += (uint64_t)put;
    length -= (uint32_t)put;
  }
  return true;
}

/* With all that is in it. */
static bool move_to_memory(struct ring *ring) {
  int64_t from = 0, copied;
  long fd = ring->in_memory ? -EEXIST : memory();
  if (fd < 0) return false;
  do copied = sys_4(__NR_sendfile, fd, ring->fd, &from, ring->room);
  while (copied > 0);
  sys_close(ring->fd);
  ring->fd = (int)fd;
  ring->in_memory = true;
  return copied == 0;
}

static bool write_somewhere(struct ring *ring, const uint8_t *bytes, uint32_t length,
                            uint64_t place) {
  return write_all(ring, bytes, length, place) ||
         (move_to_memory(ring) && write_all(ring, bytes, length, place));
}

/* What cannot be written is dropped, and with it all before. */
void ring_put(struct ring *ring, const uint8_t *bytes, uint32_t length) {
  if (length > ring->room) {
    uint32_t over = length - ring->room;
    ring->start = ring->end += over;
    bytes += over;
    length -= over;
  }
  while (length) {
    uint64_t place;
    if (ring->start == ring->end) ring->base = ring->end;
    uint32_t part = piece(ring, ring->end, length, &place);
    bool written = write_somewhere(ring, bytes, part, place);
    ring->end += part;
    if (!written)
      ring->start = ring->end;
    else if (ring->end - ring->start > ring->room)
      ring->start = ring->end - ring->room;
    bytes += part;
    length -= part;
  }
}

uint32_t ring_get(const struct ring *ring, uint8_t *bytes, uint32_t most) {
  uint32_t done = 0;
  if (most > ring->end - ring->start) most = (uint32_t)(ring->end - ring->start);
  while (done < most) {
    uint64_t place;
    uint32_t part = piece(ring, ring->start + done, most - done, &place);
    long got = sys_4(__NR_pread64, ring->fd, bytes + done, part, place);
    if (got == -EINTR) continue;
    if (got <= 0) break;
    done += (uint32_t)got;
  }
  return done;
}

void ring_drop(struct ring *ring, uint64_t before) {
  if (before > ring->start) ring->start = before < ring->end ? before : ring->end;
}

void ring_close(struct ring *ring) {
  sys_close(ring->fd);
}
