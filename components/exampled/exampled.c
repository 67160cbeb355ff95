/* exampled is the smallest daemon: it communicates only by the files that it makes in the directory
 * it is started in.
 *
 *   exampled [--verbose] [--do-stuff-fast] [--ready-fd N]
 *
 *   status     replaced atomically: `running 3` (how often it did its work) or `stopped 3`
 *   heartbeat  one line appended each time it did its work
 * It works every second, and with --do-stuff-fast ten times a second. --verbose logs each time.
 * N is an inherited descriptor: `ready` and a line end are written to it, and it is closed, once
 * `status` is there.
 *
 * The log is standard error. SIGTERM or SIGINT: `status` says so, exit 0. Exit 1: a file could not
 * be written; exit 2: the command line makes no sense.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../native/daemon.h"
#include "../native/loop.h"
#include "../native/stop.h"

static bool verbose;
static unsigned long beats;
static int heartbeat;

static void write_status(const char *state) {
  char text[64];
  int length = snprintf(text, sizeof text, "%s %lu\n", state, beats);
  int fd = open("status.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0 || write_whole(fd, text, (size_t)length, -1) < 0 || close(fd) < 0 ||
      rename("status.new", "status") < 0)
    fail("cannot write the file status in the current directory: %s", strerror(errno));
}

static void append_heartbeat(void) {
  char text[64];
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  int length = snprintf(text, sizeof text, "%lld.%03ld beat %lu\n", (long long)now.tv_sec,
                        now.tv_nsec / 1000000, beats);
  if (write_whole(heartbeat, text, (size_t)length, -1) < 0)
    fail("cannot append to the file heartbeat: %s", strerror(errno));
}

static void beat(struct source *source, uint32_t events) {
  (void)events;
  timer_taken(source);
  beats++;
  append_heartbeat();
  write_status("running");
  if (verbose) log_line("beat %lu", beats);
}

int main(int argc, char **argv) {
  bool fast = false;
  int ready_fd = -1;
  struct source timer = {0};
  const struct flag flags[] = {{"--verbose", FLAG_SWITCH, {.on = &verbose}},
                               {"--do-stuff-fast", FLAG_SWITCH, {.on = &fast}},
                               {"--ready-fd", FLAG_NUMBER, {.number = &ready_fd}}};
  daemon_init("exampled", "exampled [--verbose] [--do-stuff-fast] [--ready-fd N]");
  parse_flags(argc, argv, flags, sizeof flags / sizeof *flags);
  check_ready_fd(ready_fd);
  heartbeat = open("heartbeat", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (heartbeat < 0)
    fail("cannot make the file heartbeat in the current directory: %s", strerror(errno));
  loop_init();
  watch_stop_signals();
  timer_init(&timer, beat);
  timer_set(&timer, fast ? 100 : 1000, fast ? 100 : 1000);
  write_status("running");
  announce_ready(ready_fd);
  while (!stopping) loop_turn(-1);
  write_status("stopped");
  if (verbose) log_line("stopped");
  return 0;
}
