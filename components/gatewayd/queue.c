#define _GNU_SOURCE
#include "queue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../native/daemon.h"

/* What is answered makes room, once that is half of it all: so a byte is moved once at the most. */
static void make_room(struct queue *queue, size_t length) {
  size_t used = (size_t)(queue->end - queue->start);
  size_t done = (size_t)(queue->answered - queue->start);
  if (used + length <= queue->size) return;
  if (done && done >= used - done) {
    used -= done;
    memmove(queue->bytes, queue->bytes + done, used);
    queue->start = queue->answered;
  }
  if (used + length <= queue->size) return;
  queue->size = (used + length) * 2;
  queue->bytes = realloc(queue->bytes, queue->size);
  if (!queue->bytes) fail("out of memory: cannot hold %zu bytes for a shard", queue->size);
}

void queue_put(struct queue *queue, const char *line, size_t length) {
  make_room(queue, length + 1);
  char *to = queue->bytes + (queue->end - queue->start);
  memcpy(to, line, length);
  to[length] = '\n';
  queue->end += length + 1;
}

bool queue_write(struct queue *queue, int fd) {
  while (queue_has_unwritten(queue)) {
    ssize_t n = send(fd, queue->bytes + (queue->written - queue->start),
                     (size_t)(queue->end - queue->written), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN;
    queue->written += (uint64_t)n;
  }
  return true;
}

void queue_rewind(struct queue *queue) {
  queue->written = queue->answered;
}

void queue_empty(struct queue *queue) {
  free(queue->bytes);
  queue->bytes = NULL;
  queue->size = 0;
  queue->start = queue->answered = queue->written = queue->end;
}
