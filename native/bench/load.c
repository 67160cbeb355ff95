/* Clients that trade: each has one order in flight and sends the next when it is answered.
 *
 *   load HOST PORT CLIENTS SECONDS [SYMBOLS]
 *
 * HOST is an IPv4 address. Client i trades symbol S<i % SYMBOLS> (64). One that is told `BYE`
 * connects again, and sends again what was not taken. Prints {"clients", "acknowledged", "rejected",
 * "moved", "seconds", "per_second", "p50_us", "p99_us"}. Exits 1 when a connection breaks.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { BUCKETS = 100000, EVENTS = 256 };

struct trader {
  int fd;
  int line_length, got;
  char line[64];
  char answer[512];
  double sent;
  bool waits; /* for an answer */
};

static int epoll;
static struct sockaddr_in address = {.sin_family = AF_INET};
static long acknowledged, rejected, moved;
static long microseconds[BUCKETS]; /* how many answers took so long */
static long in_flight;

static void broke(const char *what) {
  fprintf(stderr, "load: %s: %s\n", what, errno ? strerror(errno) : "connection closed");
  exit(1);
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void send_line(struct trader *trader) {
  if (send(trader->fd, trader->line, (size_t)trader->line_length, MSG_NOSIGNAL) !=
      trader->line_length)
    broke("cannot send");
}

static void send_order(struct trader *trader, double now) {
  trader->sent = now;
  trader->waits = true;
  in_flight++;
  send_line(trader);
}

static void count_answer(struct trader *trader, double now) {
  long taken = (long)((now - trader->sent) * 1e6);
  microseconds[taken < BUCKETS ? taken : BUCKETS - 1]++;
  in_flight--;
  if (!strncmp(trader->answer, "ACCEPT ", 7))
    acknowledged++;
  else
    rejected++;
}

/* True when the answer is whole. */
static int read_answer(struct trader *trader) {
  size_t room = sizeof trader->answer - 1 - (size_t)trader->got;
  ssize_t n = recv(trader->fd, trader->answer + trader->got, room, 0);
  if (n <= 0) {
    if (n == 0) errno = 0;
    broke("cannot receive");
  }
  trader->got += (int)n;
  trader->answer[trader->got] = 0;
  return trader->answer[trader->got - 1] == '\n';
}

static void join(struct trader *trader) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = trader};
  int on = 1;
  trader->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (trader->fd < 0 ||
      connect(trader->fd, (const struct sockaddr *)&address, sizeof address) < 0 ||
      epoll_ctl(epoll, EPOLL_CTL_ADD, trader->fd, &event) < 0)
    broke("cannot connect");
  setsockopt(trader->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* An answer, a goodbye, or both. */
static void take_lines(struct trader *trader, double now, double end) {
  const char *after = strchr(trader->answer, '\n') + 1;
  bool answered = strncmp(trader->answer, "BYE ", 4) != 0;
  trader->got = 0;
  if (!answered || !strncmp(after, "BYE ", 4)) {
    close(trader->fd);
    join(trader);
    moved++;
  }
  if (!answered) {
    if (trader->waits) send_line(trader);
    return;
  }
  trader->waits = false;
  count_answer(trader, now);
  if (now < end) send_order(trader, now);
}

static void trade(double end) {
  struct epoll_event events[EVENTS];
  while (in_flight > 0) {
    int count = epoll_wait(epoll, events, EVENTS, 10000);
    if (count == 0) broke("no answer for 10 s");
    double now = seconds_now();
    for (int i = 0; i < count; i++) {
      struct trader *trader = events[i].data.ptr;
      if (read_answer(trader)) take_lines(trader, now, end);
    }
  }
}

static long percentile(double part) {
  long below = 0, wanted = (long)((double)(acknowledged + rejected) * part);
  int i = 0;
  while (i < BUCKETS - 1 && (below += microseconds[i]) < wanted) i++;
  return i;
}

int main(int argc, char **argv) {
  if (argc < 5 || argc > 6 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1) {
    fprintf(stderr, "usage: load HOST PORT CLIENTS SECONDS [SYMBOLS]\n");
    return 2;
  }
  address.sin_port = htons((uint16_t)atoi(argv[2]));
  int clients = atoi(argv[3]), symbols = argc == 6 ? atoi(argv[5]) : 64;
  double limit = strtod(argv[4], NULL);
  if (clients < 1 || symbols < 1 || limit <= 0) return 2;
  epoll = epoll_create1(EPOLL_CLOEXEC);
  struct trader *traders = calloc((size_t)clients, sizeof *traders);
  for (int i = 0; i < clients; i++) {
    traders[i].line_length = snprintf(traders[i].line, sizeof traders[i].line, "%s S%d 100 10.50\n",
                                      i % 2 ? "SELL" : "BUY", i % symbols);
    join(&traders[i]);
  }
  double start = seconds_now();
  for (int i = 0; i < clients; i++) send_order(&traders[i], start);
  trade(start + limit);
  double elapsed = seconds_now() - start;
  printf(
      "{\"clients\": %d, \"acknowledged\": %ld, \"rejected\": %ld, \"moved\": %ld, "
      "\"seconds\": %.3f, \"per_second\": %.1f, \"p50_us\": %ld, \"p99_us\": %ld}\n",
      clients, acknowledged, rejected, moved, elapsed, (double)acknowledged / elapsed,
      percentile(0.5), percentile(0.99));
  free(traders);
  return 0;
}
