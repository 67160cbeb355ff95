/* Time in nanoseconds. */
#ifndef BAILIWICK_CLOCK_H
#define BAILIWICK_CLOCK_H

#include "../common/sys.h"
#include <linux/time.h>

#define MILLISECOND 1000000ull

static inline uint64_t clock_of(int clock) {
  struct sys_timespec now = {0, 0};
  sys_2(__NR_clock_gettime, clock, &now);
  return (uint64_t)now.seconds * 1000 * MILLISECOND + (uint64_t)now.nanoseconds;
}

/* The host's time, as the program is told it. */
static inline uint64_t clock_boot(void) {
  return clock_of(CLOCK_BOOTTIME);
}

/* For waiting: it stands still while the machine is suspended. */
static inline uint64_t clock_steady(void) {
  return clock_of(CLOCK_MONOTONIC);
}

#endif
