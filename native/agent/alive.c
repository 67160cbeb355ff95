/* Noticing that the program is gone although its stream has not ended, as when a network fails: the
 * program says that it is there, and how long it may be silent. */
#include "agent.h"
#include <linux/time.h>

static int timer = -1;

void alive_until(uint32_t milliseconds) {
  if (timer < 0) {
    timer = (int)sys_2(__NR_timerfd_create, CLOCK_MONOTONIC, O_CLOEXEC | O_NONBLOCK);
    if (timer < 0) return;
    watch(WATCH_SILENCE, 0, timer, SYS_POLLIN);
  }
  struct {
    int64_t interval_s, interval_ns, value_s, value_ns;
  } spec = {0, 0, milliseconds / 1000, milliseconds % 1000 * 1000000};
  sys_4(__NR_timerfd_settime, timer, 0, &spec, NULL);
}
