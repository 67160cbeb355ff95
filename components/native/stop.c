#define _GNU_SOURCE
#include "stop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "daemon.h"
#include "loop.h"

bool stopping;

static void stop_ready(struct source *source, uint32_t events) {
  (void)events;
  struct signalfd_siginfo info;
  if (read(source->fd, &info, sizeof info) == sizeof info) stopping = true;
}

static void leave(int number) {
  (void)number;
  _exit(0);
}

void leave_on_stop_signals(void) {
  signal(SIGTERM, leave);
  signal(SIGINT, leave);
}

void watch_stop_signals(void) {
  static struct source source = {.ready = stop_ready};
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigprocmask(SIG_BLOCK, &set, NULL);
  signal(SIGPIPE, SIG_IGN);
  source.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (source.fd < 0) fail("cannot watch signals: %s in signalfd", strerror(errno));
  loop_add(&source, EPOLLIN);
}
