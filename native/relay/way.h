// One direction of the link, and the part of a connection that goes that way.
//
// A way carries `rate` bytes a second, first come first served over all connections, and holds at
// most `queue` bytes that wait for their turn; then each byte travels for `delay`. When the queue
// is full nothing more is read, so TCP holds the sender back as a full router does in the end.
// Bytes are taken a packet at a time, so that one connection's bulk delays another's small message
// by the queue and no more.
//
// A stalled way is neither read nor written and nothing is closed in it: both ends see what they
// see of a dead link, silence.
//
// Sockets are edge-triggered: `readable` and `writable` remember what epoll said until EAGAIN.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Nanoseconds; bytes a second, 0 for no limit.
struct way {
  int64_t delay, rate, queue;
  int64_t free_at;
  bool stalled;
};

struct side {
  int fd;
  bool readable, writable;
};

struct chunk;

struct half {
  struct side *from, *to;
  struct way *way;
  struct chunk *head, **tail;
  int64_t queued, end_due;
  bool ended, end_passed;
};

int64_t now(void);
void half_start(struct half *half, struct side *from, struct side *to, struct way *way);
// False when the connection is broken. `again` is set when there is more to do at once.
bool half_pump(struct half *half, int64_t time, bool *again);
// When time alone makes something possible; INT64_MAX when only an event does.
int64_t half_due(const struct half *half);
void half_drop(struct half *half);
