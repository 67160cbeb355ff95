#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct ring *map_and_close(int fd) {
  struct ring *ring =
      mmap(NULL, sizeof *ring, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
  int error = errno;
  close(fd);
  errno = error;
  return ring == MAP_FAILED ? NULL : ring;
}

/* Blocks are allocated now: a full disk must be an error here, not a SIGBUS at the first store. */
static int new_file(void) {
  unlink(RING_FILE ".new");
  int fd = open(RING_FILE ".new", O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return -1;
  int error = posix_fallocate(fd, 0, sizeof(struct ring));
  if (!error) return fd;
  close(fd);
  errno = error;
  return -1;
}

struct ring *ring_create(uint64_t applied, uint64_t durable) {
  int fd = new_file();
  if (fd < 0) return NULL;
  struct ring *ring = map_and_close(fd);
  if (!ring) return NULL;
  ring->magic = RING_MAGIC;
  ring->slots = RING_SLOTS;
  ring->entry_size = sizeof(struct ring_entry);
  atomic_store(&ring->applied, applied);
  atomic_store(&ring->durable, durable);
  atomic_store(&ring->consumer_sleeps, 1);
  if (rename(RING_FILE ".new", RING_FILE) == 0) return ring;
  int error = errno;
  ring_close(ring);
  errno = error;
  return NULL;
}

struct ring *ring_open(int dir_fd) {
  struct stat status;
  int fd = openat(dir_fd, RING_FILE, O_RDWR | O_CLOEXEC);
  if (fd < 0) return NULL;
  if (fstat(fd, &status) < 0 || status.st_size != sizeof(struct ring)) {
    close(fd);
    errno = EBADMSG;
    return NULL;
  }
  struct ring *ring = map_and_close(fd);
  if (!ring) return NULL;
  if (ring->magic == RING_MAGIC && ring->slots == RING_SLOTS &&
      ring->entry_size == sizeof(struct ring_entry))
    return ring;
  ring_close(ring);
  errno = EBADMSG;
  return NULL;
}

void ring_close(struct ring *ring) {
  munmap(ring, sizeof *ring);
}

long ring_room(const struct ring *ring) {
  uint64_t used = atomic_load(&ring->head) - atomic_load(&ring->tail);
  return used > RING_SLOTS ? -1 : (long)(RING_SLOTS - used);
}

void ring_put(struct ring *ring, uint64_t index, const struct ring_entry *entry) {
  ring->entries[index % RING_SLOTS] = *entry;
}

bool ring_publish(struct ring *ring, uint64_t head) {
  atomic_store(&ring->head, head);
  return atomic_load(&ring->consumer_sleeps) && atomic_exchange(&ring->consumer_sleeps, 0);
}

bool ring_producer_sleeps(struct ring *ring) {
  atomic_store(&ring->producer_sleeps, 1);
  if (ring_room(ring) == 0) return true;
  atomic_store(&ring->producer_sleeps, 0);
  return false;
}

long ring_waiting(const struct ring *ring, uint64_t tail) {
  uint64_t waiting = atomic_load(&ring->head) - tail;
  return waiting > RING_SLOTS ? -1 : (long)waiting;
}

struct ring_entry ring_get(const struct ring *ring, uint64_t index) {
  return ring->entries[index % RING_SLOTS];
}

bool ring_take(struct ring *ring, uint64_t tail, uint64_t applied) {
  atomic_store(&ring->applied, applied);
  atomic_store(&ring->tail, tail);
  return atomic_load(&ring->producer_sleeps) && atomic_exchange(&ring->producer_sleeps, 0);
}

bool ring_consumer_sleeps(struct ring *ring, uint64_t tail) {
  atomic_store(&ring->consumer_sleeps, 1);
  if (ring_waiting(ring, tail) == 0) return true;
  atomic_store(&ring->consumer_sleeps, 0);
  return false;
}
