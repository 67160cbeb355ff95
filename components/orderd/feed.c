#define _GNU_SOURCE
#include "feed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../native/daemon.h"
#include "../native/loop.h"
#include "../native/stop.h"

enum { CHUNK = 1024, RETRY_FIRST_MS = 20, RETRY_MOST_MS = 1000, START_MS = 10000 };

static struct source connection = {.fd = -1};
static struct source retry;
static struct ring *ring;     /* attached when not NULL */
static const char *directory; /* positiond's workdir */
static int directory_fd;
static int socket_reserve = -1, ring_reserve = -1;
static unsigned retry_ms;
static uint64_t fed, committed; /* order ids */
static uint64_t head;
static bool sleeping; /* the ring is full; a byte will come */
static bool starting;
static char last_trouble[256];

/* Descriptors kept for the next connection, so that clients cannot have the last ones: one for the
 * socket while there is none, and one for the moment in which the ring is opened. */
static void hold_reserve(int *reserve) {
  if (*reserve < 0) *reserve = fcntl(directory_fd, F_DUPFD_CLOEXEC, 0);
}

static void give_reserve(int *reserve) {
  if (*reserve >= 0) close(*reserve);
  *reserve = -1;
}

static void disconnect(void) {
  loop_remove(&connection);
  if (connection.fd >= 0) close(connection.fd);
  connection.fd = -1;
  if (ring) ring_close(ring);
  ring = NULL;
  sleeping = false;
  hold_reserve(&socket_reserve);
}

/* At the start trouble is the end of it; later it is told once, and tried again. */
static void trouble(const char *what, const char *why) {
  char text[sizeof last_trouble];
  disconnect();
  if (starting)
    fail("cannot use the positiond in %s: %s%s: is it running there?", directory, what, why);
  snprintf(text, sizeof text, "%s%s", what, why);
  if (strcmp(text, last_trouble))
    log_line("positiond in %s: %s; orders are stored and reach it later", directory, text);
  memcpy(last_trouble, text, sizeof last_trouble);
  timer_set(&retry, retry_ms, 0);
  retry_ms = retry_ms * 2 > RETRY_MOST_MS ? RETRY_MOST_MS : retry_ms * 2;
}

static void attached(uint64_t applied) {
  if (applied > committed) {
    trouble("it has applied orders that this database does not hold", "");
    return;
  }
  give_reserve(&ring_reserve);
  ring = ring_open(directory_fd);
  int error = errno;
  hold_reserve(&ring_reserve);
  if (!ring) {
    trouble("cannot open its ring: ", strerror(error));
    return;
  }
  if (!starting)
    log_line("positiond in %s: attached again, after order %llu", directory,
             (unsigned long long)applied);
  fed = applied;
  head = 0;
  starting = false;
  last_trouble[0] = 0;
  retry_ms = RETRY_FIRST_MS;
}

/* The answer is one line, and comes whole: it is one write on a Unix socket. */
static void read_answer(char *answer, size_t length) {
  char *end;
  answer[length] = 0;
  answer[strcspn(answer, "\n")] = 0;
  if (strncmp(answer, "ATTACHED ", 9)) {
    trouble("it refuses: ", !strncmp(answer, "ERROR ", 6) ? answer + 6 : answer);
    return;
  }
  uint64_t applied = strtoull(answer + 9, &end, 10);
  if (*end || end == answer + 9)
    trouble("it answers what is no number: ", answer);
  else
    attached(applied);
}

static void connection_ready(struct source *source, uint32_t events) {
  (void)events;
  char bytes[512];
  ssize_t n = recv(source->fd, bytes, sizeof bytes - 1, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0)
    trouble("it is gone", "");
  else if (!ring)
    read_answer(bytes, (size_t)n);
  else
    sleeping = false;
}

/* By way of /proc/self/fd: the whole path may be longer than sun_path. */
static int connect_socket(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", directory_fd,
           POSITIONS_SOCKET);
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) == 0) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static void try_connect(void) {
  char line[64];
  give_reserve(&socket_reserve);
  connection.fd = connect_socket();
  if (connection.fd < 0) {
    trouble("cannot connect to its " POSITIONS_SOCKET ": ", strerror(errno));
    return;
  }
  int length = snprintf(line, sizeof line, "ATTACH %s\n", store_database_id());
  if (send(connection.fd, line, (size_t)length, MSG_NOSIGNAL) != length) {
    trouble("cannot write to it: ", strerror(errno));
    return;
  }
  connection.ready = connection_ready;
  loop_add(&connection, EPOLLIN);
}

static void retry_ready(struct source *source, uint32_t events) {
  (void)events;
  timer_taken(source);
  try_connect();
}

void feed_open(const char *dir) {
  directory = dir;
  directory_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory_fd < 0) fail("cannot enter %s, the workdir of positiond: %s", dir, strerror(errno));
  hold_reserve(&ring_reserve);
}

void feed_start(bool must) {
  committed = store_last_id();
  retry_ms = RETRY_FIRST_MS;
  starting = must;
  timer_init(&retry, retry_ready);
  try_connect();
  uint64_t deadline = now_ms() + START_MS;
  while (starting && !stopping && now_ms() < deadline) loop_turn(START_MS);
  if (starting && !stopping) trouble("it does not answer", "");
}

static void put(const struct ring_entry *entry) {
  ring_put(ring, head++, entry);
  fed = entry->sequence;
}

static void publish(void) {
  if (ring_publish(ring, head)) send(connection.fd, "w", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

void feed_committed(const struct stored_order *orders, size_t count) {
  bool direct = ring && fed == committed && ring_room(ring) >= (long)count;
  committed = orders[count - 1].id;
  if (!direct) return;
  for (size_t i = 0; i < count; i++) {
    struct ring_entry entry = {.sequence = orders[i].id, .delta = order_delta(&orders[i].order)};
    memcpy(entry.symbol, orders[i].order.symbol, sizeof entry.symbol);
    put(&entry);
  }
  publish();
}

bool feed_has_work(void) {
  return ring && fed < committed && !sleeping;
}

void feed_step(void) {
  static struct ring_entry entries[CHUNK];
  if (!feed_has_work()) return;
  long room = ring_room(ring);
  if (room < 0) {
    trouble("its ring makes no sense", "");
    return;
  }
  if (room == 0) {
    sleeping = ring_producer_sleeps(ring);
    return;
  }
  size_t most = room < CHUNK ? (size_t)room : CHUNK;
  size_t count = store_read(fed, entries, most);
  if (count == 0) {
    trouble("cannot read orders back from the database", "");
    return;
  }
  for (size_t i = 0; i < count && entries[i].sequence <= committed; i++) put(&entries[i]);
  publish();
}

void feed_stop(void) {
  disconnect();
  loop_remove(&retry);
  give_reserve(&socket_reserve);
  give_reserve(&ring_reserve);
}
