#define _GNU_SOURCE
#include "way.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { READ_SIZE = 256 * 1024, PACKET = 1448, READS_A_TURN = 8 };
static const int64_t UNSHAPED_QUEUE = 256 * 1024 * 1024, SECOND = 1000000000;

struct chunk {
  struct chunk *next;
  int64_t due;
  size_t start, end;
  unsigned char data[];
};

int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static int64_t later(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b) {
  return a < b ? a : b;
}

// What is read at a time: on a fast link a millisecond's worth, since packets cost processor time.
static int64_t packet_size(const struct way *way) {
  return way->rate ? earlier(later(PACKET, way->rate / 1000), READ_SIZE) : READ_SIZE;
}

static int64_t time_for(const struct way *way, int64_t bytes) {
  return way->rate ? bytes * SECOND / way->rate : 0;
}

// From when on the queue has room for a packet. A queue smaller than a packet holds one.
static int64_t ready_at(const struct way *way) {
  int64_t packet = packet_size(way);
  return way->free_at - time_for(way, later(way->queue, packet) - packet);
}

// What one connection may have in the queue and under way, when its receiver does not read.
static int64_t most_queued(const struct way *way) {
  if (!way->rate) return UNSHAPED_QUEUE;
  return later(way->queue, packet_size(way)) + way->delay / 1000 * way->rate / 1000000;
}

// Puts bytes on the way; returns when they arrive.
static int64_t send_at(struct way *way, int64_t bytes, int64_t time) {
  way->free_at = later(time, way->free_at) + time_for(way, bytes);
  return way->free_at + way->delay;
}

// One write. False when the connection is broken; `done` says how much was taken.
static bool write_some(struct side *to, const void *data, size_t length, size_t *done) {
  ssize_t n = send(to->fd, data, length, MSG_NOSIGNAL);
  *done = n > 0 ? (size_t)n : 0;
  if (*done < length) to->writable = n >= 0 || errno == EINTR;
  return n >= 0 || errno == EAGAIN || errno == EINTR;
}

static void enqueue(struct half *half, const unsigned char *data, size_t length, int64_t due) {
  struct chunk *chunk = malloc(sizeof *chunk + length);
  if (!chunk) abort();
  *chunk = (struct chunk){.due = due, .end = length};
  memcpy(chunk->data, data, length);
  *half->tail = chunk;
  half->tail = &chunk->next;
  half->queued += (int64_t)length;
}

static void dequeue(struct half *half) {
  struct chunk *chunk = half->head;
  half->head = chunk->next;
  if (!half->head) half->tail = &half->head;
  free(chunk);
}

static bool write_due(struct half *half, int64_t time) {
  while (half->head && half->to->writable && half->head->due <= time) {
    struct chunk *chunk = half->head;
    size_t done;
    if (!write_some(half->to, chunk->data + chunk->start, chunk->end - chunk->start, &done))
      return false;
    chunk->start += done;
    half->queued -= (int64_t)done;
    if (chunk->start == chunk->end) dequeue(half);
  }
  if (half->ended && !half->end_passed && !half->head && half->end_due <= time) {
    shutdown(half->to->fd, SHUT_WR);
    half->end_passed = true;
  }
  return true;
}

// Passes bytes straight on when nothing delays them or is queued before them.
static bool take(struct half *half, const unsigned char *data, size_t length, int64_t time) {
  struct way *way = half->way;
  size_t done = 0;
  if (!way->delay && !way->rate && !half->head && half->to->writable &&
      !write_some(half->to, data, length, &done))
    return false;
  if (done < length)
    enqueue(half, data + done, length - done, send_at(way, (int64_t)(length - done), time));
  return true;
}

static bool wants_read(const struct half *half) {
  return half->from->readable && !half->ended && half->queued < most_queued(half->way);
}

static bool read_some(struct half *half, bool *again) {
  static unsigned char buffer[READ_SIZE];
  int turns = half->way->rate ? 1 : READS_A_TURN;
  for (int turn = 0; turn < turns; turn++) {
    int64_t time = now();
    if (!wants_read(half) || time < ready_at(half->way)) return true;
    ssize_t n = recv(half->from->fd, buffer, (size_t)packet_size(half->way), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) return false;
    if (n < 0) half->from->readable = false;
    if (n == 0) half->ended = true, half->end_due = send_at(half->way, 0, time);
    if (n > 0 && !take(half, buffer, (size_t)n, time)) return false;
  }
  *again = true;
  return true;
}

void half_start(struct half *half, struct side *from, struct side *to, struct way *way) {
  *half = (struct half){.from = from, .to = to, .way = way, .tail = &half->head};
}

bool half_pump(struct half *half, int64_t time, bool *again) {
  if (half->way->stalled) return true;
  // Twice, since what was just read may be due, and an end may follow what was written.
  return write_due(half, time) && read_some(half, again) && write_due(half, now());
}

int64_t half_due(const struct half *half) {
  if (half->way->stalled) return INT64_MAX;
  int64_t due = wants_read(half) && half->way->rate ? ready_at(half->way) : INT64_MAX;
  if (half->head) return half->to->writable ? earlier(due, half->head->due) : due;
  return half->ended && !half->end_passed ? half->end_due : due;
}

void half_drop(struct half *half) {
  while (half->head) dequeue(half);
}
