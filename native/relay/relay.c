// A TCP relay that plays a slow, long or broken link in tests.
//
//   relay LISTEN-ADDRESS TARGET-ADDRESS TARGET-PORT DELAY-MICROSECONDS RATE QUEUE
//
// RATE is in bytes a second and QUEUE in bytes, each way; a RATE of 0 is no limit. way.h says what
// they do. A connection costs its round trip too: the target is connected three delays after the
// accept, which is when a real far side would have seen the handshake end.
//
// Prints the port it listens on, then takes commands on standard input, one a line, and answers
// each with "ok":
//   stall to-host|from-host|both   holds everything in a direction
//   resume                         goes on in both directions, beginning with what was held
//   cut                            the connections of now are silent for ever, and what is under
//                                  way in them is lost; those made later work
// Exits at end of input.
//
// Life of a connection: WAITING for its time, CONNECTING, OPEN, then GONE (freed by the loop), or
// CUT, which lasts as long as the relay.

#define _GNU_SOURCE
#include "way.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

// Small, so that what waits for a slow link waits in its queue and not in the relay's sockets.
enum { SHAPED_RECEIVE_BUFFER = 8192 };

struct connection {
  struct connection *next;
  enum { WAITING, CONNECTING, OPEN, CUT, GONE } state;
  int64_t open_due;
  struct side client, host;
  struct half to_host, from_host;
};

static struct {
  int epoll, listener;
  struct sockaddr_in target;
  struct way to_host, from_host;
  struct connection *connections;
  bool again;
} relay;

static const char listener_tag, command_tag;

static void die(const char *what) {
  fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void watch(int fd, const void *tag, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = (void *)(uintptr_t)tag};
  if (epoll_ctl(relay.epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

static bool stalled(void) {
  return relay.to_host.stalled || relay.from_host.stalled;
}

static int open_socket(void) {
  int size = SHAPED_RECEIVE_BUFFER;
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  if (relay.to_host.rate) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  return fd;
}

static void connect_host(struct connection *c) {
  int one = 1;
  c->host.fd = open_socket();
  setsockopt(c->host.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  int failed = connect(c->host.fd, (struct sockaddr *)&relay.target, sizeof relay.target);
  c->state = failed && errno != EINPROGRESS ? GONE : CONNECTING;
  watch(c->host.fd, &c->host, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

static void see_connected(struct connection *c) {
  int error = 0;
  socklen_t size = sizeof error;
  if (!c->host.writable) return;
  getsockopt(c->host.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  c->state = error ? GONE : OPEN;
}

static void advance(struct connection *c, int64_t time) {
  if (c->state == WAITING && !stalled() && c->open_due <= time) connect_host(c);
  if (c->state == CONNECTING) see_connected(c);
  if (c->state != OPEN) return;
  bool sound = half_pump(&c->to_host, time, &relay.again) &&
               half_pump(&c->from_host, time, &relay.again);
  if (!sound || (c->to_host.end_passed && c->from_host.end_passed)) c->state = GONE;
}

static void drop_queued(struct connection *c) {
  half_drop(&c->to_host);
  half_drop(&c->from_host);
}

static void free_connection(struct connection *c) {
  drop_queued(c);
  close(c->client.fd);
  if (c->host.fd >= 0) close(c->host.fd);
  free(c);
}

static void accept_all(void) {
  int fd, one = 1;
  while ((fd = accept4(relay.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    struct connection *c = calloc(1, sizeof *c);
    if (!c) die("calloc");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->client.fd = fd;
    c->host.fd = -1;
    c->open_due = now() + 3 * relay.to_host.delay;
    half_start(&c->to_host, &c->client, &c->host, &relay.to_host);
    half_start(&c->from_host, &c->host, &c->client, &relay.from_host);
    c->next = relay.connections;
    relay.connections = c;
    watch(fd, &c->client, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  }
}

static void cut_all(void) {
  for (struct connection *c = relay.connections; c; c = c->next) {
    c->state = CUT;
    drop_queued(c);
  }
}

static bool obey(const char *line) {
  bool both = !strcmp(line, "stall both"), resume = !strcmp(line, "resume");
  bool to = !strcmp(line, "stall to-host"), from = !strcmp(line, "stall from-host");
  bool cut = !strcmp(line, "cut");
  if (to || both) relay.to_host.stalled = true;
  if (from || both) relay.from_host.stalled = true;
  if (resume) relay.to_host.stalled = relay.from_host.stalled = false;
  if (cut) cut_all();
  return to || from || both || resume || cut;
}

static void read_commands(void) {
  static char buffer[256];
  static size_t used;
  ssize_t n = read(STDIN_FILENO, buffer + used, sizeof buffer - used);
  if (n <= 0) exit(0);
  used += (size_t)n;
  for (char *end; (end = memchr(buffer, '\n', used));) {
    *end++ = 0;
    puts(obey(buffer) ? "ok" : "unknown command");
    used -= (size_t)(end - buffer);
    memmove(buffer, end, used);
  }
  if (used == sizeof buffer) used = 0;
  fflush(stdout);
}

static void see_event(const struct epoll_event *event) {
  if (event->data.ptr == &listener_tag) {
    accept_all();
  } else if (event->data.ptr == &command_tag) {
    read_commands();
  } else {
    struct side *side = event->data.ptr;
    if (event->events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) side->readable = true;
    if (event->events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) side->writable = true;
  }
}

static int64_t earlier(int64_t a, int64_t b) {
  return a < b ? a : b;
}

static int64_t connection_due(const struct connection *c) {
  if (c->state == WAITING) return stalled() ? INT64_MAX : c->open_due;
  if (c->state != OPEN) return INT64_MAX;
  return earlier(half_due(&c->to_host), half_due(&c->from_host));
}

// The first of the list comes last the next time: each gets its turn when the queue has room.
static void rotate(void) {
  struct connection *first = relay.connections;
  if (!first || !first->next) return;
  relay.connections = first->next;
  struct connection *last = first->next;
  while (last->next) last = last->next;
  last->next = first;
  first->next = NULL;
}

static int64_t advance_all(void) {
  int64_t due = INT64_MAX, time = now();
  rotate();
  for (struct connection **link = &relay.connections, *c; (c = *link);) {
    advance(c, time);
    if (c->state == GONE) {
      *link = c->next;
      free_connection(c);
      continue;
    }
    due = earlier(due, connection_due(c));
    link = &c->next;
  }
  return due;
}

static void wait_events(int64_t due) {
  struct epoll_event events[64];
  int64_t left = relay.again ? 0 : due - now();
  relay.again = false;
  if (left < 0) left = 0;
  struct timespec timeout = {.tv_sec = left / 1000000000, .tv_nsec = left % 1000000000};
  int n = epoll_pwait2(relay.epoll, events, 64, due == INT64_MAX && left ? NULL : &timeout, NULL);
  if (n < 0 && errno != EINTR) die("epoll_pwait2");
  for (int i = 0; i < n; i++) see_event(&events[i]);
}

static in_addr_t parse_address(const char *text) {
  struct in_addr address;
  if (inet_pton(AF_INET, text, &address) == 1) return address.s_addr;
  fprintf(stderr, "relay: %s is not an IPv4 address\n", text);
  exit(2);
}

static void start_listening(const char *address) {
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = parse_address(address)};
  socklen_t size = sizeof name;
  relay.listener = open_socket();
  if (bind(relay.listener, (struct sockaddr *)&name, size) < 0 ||
      listen(relay.listener, 1024) < 0 ||
      getsockname(relay.listener, (struct sockaddr *)&name, &size) < 0)
    die("listen");
  printf("%d\n", ntohs(name.sin_port));
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 7) {
    fprintf(stderr, "usage: relay LISTEN-ADDRESS TARGET-ADDRESS TARGET-PORT DELAY-MICROSECONDS "
                    "RATE QUEUE\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  relay.target = (struct sockaddr_in){.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)atoi(argv[3])),
                                      .sin_addr.s_addr = parse_address(argv[2])};
  relay.to_host = relay.from_host = (struct way){
      .delay = atoll(argv[4]) * 1000, .rate = atoll(argv[5]), .queue = atoll(argv[6])};
  relay.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (relay.epoll < 0) die("epoll_create1");
  start_listening(argv[1]);
  watch(relay.listener, &listener_tag, EPOLLIN);
  watch(STDIN_FILENO, &command_tag, EPOLLIN);
  for (;;) wait_events(advance_all());
}
