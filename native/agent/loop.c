#include "loop.h"

#include "clock.h"
#include <linux/eventpoll.h>

#define EVENTS 64

_Static_assert(SYS_POLLIN == EPOLLIN && SYS_POLLOUT == EPOLLOUT, "poll and epoll bits");

static int sets[LEVELS] = {-1, -1, -1, -1};

long loop_open(void) {
  for (int level = 0; level < LEVELS; level++) {
    long set = sys_1(__NR_epoll_create1, O_CLOEXEC);
    if (set < 0) return set;
    sets[level] = (int)set;
  }
  return 0;
}

static void forget(const struct source *source, int end) {
  struct epoll_event event = {0, 0};
  for (int level = (int)source->level; level < end; level++)
    sys_4(__NR_epoll_ctl, sets[level], EPOLL_CTL_DEL, source->fd, &event);
}

long loop_watch(struct source *source, uint32_t events) {
  if (source->events == events) return 0;
  struct epoll_event event = {events, (uint64_t)(uintptr_t)source};
  for (int level = (int)source->level; level < LEVELS; level++) {
    long result = sys_4(__NR_epoll_ctl, sets[level], EPOLL_CTL_ADD, source->fd, &event);
    if (result == 0) continue;
    forget(source, level);
    return result;
  }
  source->events = events;
  return 0;
}

void loop_unwatch(struct source *source) {
  if (!source->events) return;
  forget(source, LEVELS);
  source->events = 0;
}

void loop_turn(enum level level, int milliseconds) {
  struct epoll_event events[EVENTS];
  long count = sys6(__NR_epoll_pwait, sets[level], (long)events, EVENTS, milliseconds, 0, 8);
  for (long i = 0; i < count; i++) {
    const struct source *source = (const struct source *)(uintptr_t)events[i].data;
    if (source->events) source->ready(source->index);
  }
}

long timer_open(struct source *source) {
  if (source->fd < 0) {
    long fd = sys_2(__NR_timerfd_create, CLOCK_MONOTONIC, O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return fd;
    source->fd = (int)fd;
  }
  return loop_watch(source, SYS_POLLIN);
}

static long set_timer(struct source *source, uint64_t milliseconds, bool again) {
  long result = timer_open(source);
  if (result < 0) return result;
  struct {
    struct sys_timespec interval, value;
  } spec = {{0, 0}, {(int64_t)(milliseconds / 1000), (int64_t)(milliseconds % 1000 * MILLISECOND)}};
  if (again) spec.interval = spec.value;
  return sys_4(__NR_timerfd_settime, source->fd, 0, &spec, NULL);
}

long timer_every(struct source *source, uint32_t milliseconds) {
  return set_timer(source, milliseconds, true);
}

long timer_once(struct source *source, uint64_t milliseconds) {
  return set_timer(source, milliseconds, false);
}
