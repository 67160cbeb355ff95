#define _GNU_SOURCE
#include "daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *daemon_name = "daemon";
static const char *daemon_usage = "";

void daemon_init(const char *name, const char *usage) {
  daemon_name = name;
  daemon_usage = usage;
}

static void log_arguments(const char *format, va_list arguments) {
  char line[2048];
  int prefix = snprintf(line, sizeof line, "%s: ", daemon_name);
  int length = vsnprintf(line + prefix, sizeof line - (size_t)prefix - 1, format, arguments);
  size_t end = length < 0 ? (size_t)prefix : strlen(line);
  line[end++] = '\n';
  while (write(STDERR_FILENO, line, end) < 0 && errno == EINTR) {
  }
}

void log_line(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  log_arguments(format, arguments);
  va_end(arguments);
}

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  log_arguments(format, arguments);
  va_end(arguments);
  exit(1);
}

void usage_error(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  log_arguments(format, arguments);
  va_end(arguments);
  log_line("usage: %s", daemon_usage);
  exit(2);
}

static int parse_number(const char *name, const char *text) {
  char *end;
  errno = 0;
  long value = strtol(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end || errno || value > INT_MAX)
    usage_error("%s takes a whole number, not \"%s\"", name, text);
  return (int)value;
}

static const struct flag *find_flag(const char *argument, size_t length, const struct flag *flags,
                                    size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strlen(flags[i].name) == length && !memcmp(flags[i].name, argument, length))
      return &flags[i];
  usage_error("unknown flag \"%s\"", argument);
}

static void set_flag(const struct flag *flag, const char *value) {
  if (flag->kind == FLAG_TEXT) *flag->to.text = value;
  if (flag->kind == FLAG_NUMBER) *flag->to.number = parse_number(flag->name, value);
  if (flag->kind == FLAG_EACH) flag->to.each(value);
}

void parse_flags(int argc, char **argv, const struct flag *flags, size_t count) {
  for (int i = 1; i < argc; i++) {
    const char *equals = strchr(argv[i], '=');
    size_t length = equals ? (size_t)(equals - argv[i]) : strlen(argv[i]);
    const struct flag *flag = find_flag(argv[i], length, flags, count);
    if (flag->kind == FLAG_SWITCH) {
      if (equals) usage_error("%s takes no value", flag->name);
      *flag->to.on = true;
      continue;
    }
    const char *value = equals ? equals + 1 : argv[++i];
    if (!value || !*value) usage_error("%s needs a value", flag->name);
    set_flag(flag, value);
  }
}

static void set_cloexec(int fd, const char *flag) {
  if (fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
    usage_error("%s %d is not an open descriptor: pass it by inheritance", flag, fd);
}

void check_listener(int fd) {
  int on = 0;
  socklen_t size = sizeof on;
  set_cloexec(fd, "--listen-fd");
  if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &size) < 0 || !on)
    usage_error("--listen-fd %d is not a listening socket: bind it and listen on it first", fd);
  int flags = fcntl(fd, F_GETFL);
  if (!(flags & O_NONBLOCK)) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

void check_ready_fd(int fd) {
  if (fd >= 0) set_cloexec(fd, "--ready-fd");
}

static void announce(int fd, const char *text) {
  if (fd >= 0 && write_whole(fd, text, strlen(text), -1) < 0)
    log_line("cannot write to --ready-fd %d: %s", fd, strerror(errno));
}

void announce_prepared(int fd) {
  announce(fd, "p");
}

void announce_ready(int fd) {
  announce(fd, "ready\n");
  if (fd >= 0) close(fd);
}

long read_whole(int fd, void *bytes, size_t length, int64_t offset) {
  size_t done = 0;
  while (done < length) {
    char *to = (char *)bytes + done;
    ssize_t n = offset < 0 ? read(fd, to, length - done)
                           : pread(fd, to, length - done, offset + (int64_t)done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) break;
    done += (size_t)n;
  }
  return (long)done;
}

int write_whole(int fd, const void *bytes, size_t length, int64_t offset) {
  size_t done = 0;
  while (done < length) {
    const char *from = (const char *)bytes + done;
    ssize_t n = offset < 0 ? write(fd, from, length - done)
                           : pwrite(fd, from, length - done, offset + (int64_t)done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    done += (size_t)n;
  }
  return 0;
}

uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void *must_alloc(size_t bytes) {
  void *memory = malloc(bytes);
  if (!memory) fail("out of memory: cannot allocate %zu bytes", bytes);
  return memory;
}
