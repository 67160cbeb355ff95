#define _GNU_SOURCE
#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"

enum { EVENTS = 256 };

static int epoll_fd = -1;
static void **doomed;
static size_t doomed_count, doomed_capacity;

void loop_init(void) {
  epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) fail("cannot make the event loop: %s in epoll_create1", strerror(errno));
}

bool loop_try_add(struct source *source, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = source};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, source->fd, &event) < 0) return false;
  source->events = events;
  source->added = true;
  return true;
}

void loop_add(struct source *source, uint32_t events) {
  if (!loop_try_add(source, events))
    fail("cannot watch descriptor %d: %s in epoll_ctl", source->fd, strerror(errno));
}

void loop_want(struct source *source, uint32_t events) {
  if (!source->added || source->events == events) return;
  struct epoll_event event = {.events = events, .data.ptr = source};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, source->fd, &event) < 0)
    fail("cannot watch descriptor %d: %s in epoll_ctl", source->fd, strerror(errno));
  source->events = events;
}

void loop_remove(struct source *source) {
  if (!source->added) return;
  epoll_ctl(epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
  source->added = false;
}

void loop_free_later(void *memory) {
  if (doomed_count == doomed_capacity) {
    doomed_capacity = doomed_capacity ? doomed_capacity * 2 : 64;
    doomed = realloc(doomed, doomed_capacity * sizeof *doomed);
    if (!doomed) fail("out of memory in the event loop");
  }
  doomed[doomed_count++] = memory;
}

static void free_doomed(void) {
  for (size_t i = 0; i < doomed_count; i++) free(doomed[i]);
  doomed_count = 0;
}

void loop_turn(int timeout_ms) {
  struct epoll_event events[EVENTS];
  free_doomed();
  int count = epoll_wait(epoll_fd, events, EVENTS, timeout_ms);
  if (count < 0 && errno != EINTR) fail("the event loop broke: %s in epoll_wait", strerror(errno));
  for (int i = 0; i < count; i++) {
    struct source *source = events[i].data.ptr;
    if (source->added) source->ready(source, events[i].events);
  }
}

void timer_init(struct source *source, void (*ready)(struct source *, uint32_t)) {
  source->ready = ready;
  source->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (source->fd < 0) fail("cannot make a timer: %s in timerfd_create", strerror(errno));
  loop_add(source, EPOLLIN);
}

static struct timespec milliseconds(unsigned ms) {
  return (struct timespec){.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
}

void timer_set(struct source *source, unsigned first_ms, unsigned every_ms) {
  struct itimerspec when = {.it_value = milliseconds(first_ms),
                            .it_interval = milliseconds(every_ms)};
  timerfd_settime(source->fd, 0, &when, NULL);
}

void timer_taken(struct source *source) {
  uint64_t ticks;
  ssize_t ignored = read(source->fd, &ticks, sizeof ticks);
  (void)ignored;
}
