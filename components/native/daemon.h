/* What every daemon of the example system does the same way: flags, log, readiness. */
#ifndef BAILIWICK_DAEMON_H
#define BAILIWICK_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line of the log, on standard error, written by one write(2) so that lines never mix. */
void log_line(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A start that cannot go on (exit 1) and a command line that makes no sense (exit 2). */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Names the daemon in its log lines and its usage text in usage errors. Called first. */
void daemon_init(const char *name, const char *usage);

struct flag {
  const char *name; /* with its dashes */
  enum { FLAG_TEXT, FLAG_NUMBER, FLAG_SWITCH, FLAG_EACH } kind;
  union {
    const char **text;
    int *number;
    bool *on;
    void (*each)(const char *value);
  } to;
};

/* Reads `--name value`, `--name=value` and switches; anything else is a usage error. */
void parse_flags(int argc, char **argv, const struct flag *flags, size_t count);

/* Checks that an inherited descriptor is what its flag promises, and makes it close on exec. */
void check_listener(int fd);
void check_ready_fd(int fd);

/* Tells whoever started this process that it is ready but for what another process has: one byte on
 * `fd`, `p`. */
void announce_prepared(int fd);

/* Tells whoever started this process that it can be used: one line on `fd`, then closed. */
void announce_ready(int fd);

/* Retries EINTR; a short read means end of file. -1 and errno on failure. */
long read_whole(int fd, void *bytes, size_t length, int64_t offset);
int write_whole(int fd, const void *bytes, size_t length, int64_t offset);

/* CLOCK_MONOTONIC in milliseconds. */
uint64_t now_ms(void);

/* Memory that the daemon cannot do without: ends it when there is none. */
void *must_alloc(size_t bytes);

#endif
