/* The lines to a shard, each kept until it is answered: those that the shard says it has not taken can
 * be sent again. A place is a count of all bytes that were ever queued. */
#ifndef GATEWAYD_QUEUE_H
#define GATEWAYD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue {
  char *bytes; /* from place `start` on */
  size_t size;
  uint64_t start, answered, written, end; /* places, in this order */
};

/* Adds a line and its end. */
void queue_put(struct queue *queue, const char *line, size_t length);

/* Writes what can be written now; false and errno when the connection is broken. */
bool queue_write(struct queue *queue, int fd);
void queue_rewind(struct queue *queue); /* what has no answer is to be written again */
void queue_empty(struct queue *queue);

static inline bool queue_has_unwritten(const struct queue *queue) {
  return queue->written < queue->end;
}

#endif
