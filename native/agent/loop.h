/* The one loop. A source is a descriptor and who handles it; it lives in its owner's table, and
 * never moves. It belongs to a level, and a turn may leave the upper levels out: there is an
 * epoll set for each level, which has the sources of all that are below it too, so that leaving
 * them out costs nothing.
 *
 * A handler may be called for a source that an earlier handler of the same turn has ended, or
 * ended and begun again. Nothing in a handler blocks, so that does no harm.
 */
#ifndef BAILIWICK_LOOP_H
#define BAILIWICK_LOOP_H

#include "../common/sys.h"

enum level {
  LEVEL_CORE,    /* signals, timers, the program's stream being writable: whatever else there is */
  LEVEL_INPUT,   /* what the program says, and descriptors that take what it wrote */
  LEVEL_THREADS, /* what threads say */
  LEVEL_STREAMS, /* descriptors that are read for the program */
  LEVELS,
};

struct source {
  void (*ready)(uint32_t index);
  uint32_t index; /* for `ready` */
  int fd;
  enum level level;
  uint32_t events; /* 0: it is not waited for */
};

long loop_open(void);
/* Waits for SYS_POLLIN or SYS_POLLOUT; only one of the two at a time. */
long loop_watch(struct source *source, uint32_t events);
void loop_unwatch(struct source *source); /* before its descriptor is closed */
/* Waits for sources up to this level and calls their handlers; -1: without an end. */
void loop_turn(enum level level, int milliseconds);

/* A timer that calls `ready` each `milliseconds`, or once. 0 stops it. Its source is at
 * LEVEL_CORE, and its descriptor -1 at first. What must not fail later is opened early: then
 * setting it cannot fail. */
long timer_open(struct source *source);
long timer_every(struct source *source, uint32_t milliseconds);
long timer_once(struct source *source, uint64_t milliseconds);

#endif
