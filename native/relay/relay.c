// A TCP relay that plays a long or broken link in tests.
//
//   relay LISTEN-ADDRESS TARGET-ADDRESS TARGET-PORT DELAY-MICROSECONDS
//
// Prints the port it listens on, then takes commands on standard input, one a line, and answers
// each with "ok": cut to-host, cut from-host, cut both, restore. Exits at end of input.
//
// Every byte is delayed by the same time in its direction and bandwidth is not limited. A
// connection costs its round trip too: the target is connected three delays after the accept,
// which is when a real far side would have seen the handshake end.
//
// A cut direction is neither read nor written and nothing is closed in it, so both ends see
// what they see of a dead link: silence.
//
// Life of a connection: WAITING for its time, CONNECTING, OPEN, then GONE (freed by the loop).
// Sockets are edge-triggered: `readable` and `writable` remember what epoll said until EAGAIN.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_SIZE = 256 * 1024, QUEUE_LIMIT = 256 * 1024 * 1024, READS_A_TURN = 8 };

struct chunk {
  struct chunk *next;
  int64_t due;
  size_t start, end;
  unsigned char data[];
};

struct side {
  int fd;
  bool readable, writable;
};

struct half {
  struct side *from, *to;
  const bool *cut;
  struct chunk *head, **tail;
  size_t queued;
  int64_t end_due;
  bool ended, end_passed;
};

struct connection {
  struct connection *next;
  enum { WAITING, CONNECTING, OPEN, GONE } state;
  int64_t open_due;
  struct side client, host;
  struct half to_host, from_host;
};

static struct {
  int epoll, listener;
  int64_t delay;
  struct sockaddr_in target;
  bool cut_to_host, cut_from_host;
  struct connection *connections;
  bool again;
} relay;

static const char listener_tag, command_tag;

static void die(const char *what) {
  fprintf(stderr, "relay: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static void watch(int fd, const void *tag, uint32_t events) {
  struct epoll_event event = {.events = events, .data.ptr = (void *)(uintptr_t)tag};
  if (epoll_ctl(relay.epoll, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
}

// One write. False when the connection is broken; `done` says how much was taken.
static bool write_some(struct side *to, const void *data, size_t length, size_t *done) {
  ssize_t n = send(to->fd, data, length, MSG_NOSIGNAL);
  *done = n > 0 ? (size_t)n : 0;
  if (*done < length) to->writable = n >= 0 || errno == EINTR;
  return n >= 0 || errno == EAGAIN || errno == EINTR;
}

static void enqueue(struct half *half, const unsigned char *data, size_t length, int64_t due) {
  struct chunk *chunk = malloc(sizeof *chunk + length);
  if (!chunk) die("malloc");
  *chunk = (struct chunk){.due = due, .end = length};
  memcpy(chunk->data, data, length);
  *half->tail = chunk;
  half->tail = &chunk->next;
  half->queued += length;
}

static void dequeue(struct half *half) {
  struct chunk *chunk = half->head;
  half->head = chunk->next;
  if (!half->head) half->tail = &half->head;
  free(chunk);
}

static bool write_due(struct half *half, int64_t time) {
  while (half->head && half->to->writable && half->head->due <= time) {
    struct chunk *chunk = half->head;
    size_t done;
    if (!write_some(half->to, chunk->data + chunk->start, chunk->end - chunk->start, &done))
      return false;
    chunk->start += done;
    half->queued -= done;
    if (chunk->start == chunk->end) dequeue(half);
  }
  if (half->ended && !half->end_passed && !half->head && half->end_due <= time) {
    shutdown(half->to->fd, SHUT_WR);
    half->end_passed = true;
  }
  return true;
}

// Passes bytes straight on when nothing is delayed or queued before them.
static bool take(struct half *half, const unsigned char *data, size_t length, int64_t time) {
  size_t done = 0;
  if (!relay.delay && !half->head && half->to->writable &&
      !write_some(half->to, data, length, &done))
    return false;
  if (done < length) enqueue(half, data + done, length - done, time + relay.delay);
  return true;
}

static bool read_some(struct half *half) {
  static unsigned char buffer[READ_SIZE];
  for (int turn = 0; turn < READS_A_TURN; turn++) {
    if (!half->from->readable || half->ended || half->queued >= QUEUE_LIMIT) return true;
    ssize_t n = recv(half->from->fd, buffer, sizeof buffer, 0);
    int64_t time = now();
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno != EAGAIN) return false;
    if (n < 0) half->from->readable = false;
    if (n == 0) half->ended = true, half->end_due = time + relay.delay;
    if (n > 0 && !take(half, buffer, (size_t)n, time)) return false;
  }
  relay.again = true;
  return true;
}

static bool pump(struct half *half, int64_t time) {
  if (*half->cut) return true;
  // Twice, since what was just read may be due, and an end may follow what was written.
  return write_due(half, time) && read_some(half) && write_due(half, now());
}

static void connect_host(struct connection *c) {
  int one = 1;
  c->host.fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (c->host.fd < 0) die("socket");
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
  bool cut = relay.cut_to_host || relay.cut_from_host;
  if (c->state == WAITING && !cut && c->open_due <= time) connect_host(c);
  if (c->state == CONNECTING) see_connected(c);
  if (c->state != OPEN) return;
  bool sound = pump(&c->to_host, time) && pump(&c->from_host, time);
  if (!sound || (c->to_host.end_passed && c->from_host.end_passed)) c->state = GONE;
}

static void free_connection(struct connection *c) {
  while (c->to_host.head) dequeue(&c->to_host);
  while (c->from_host.head) dequeue(&c->from_host);
  close(c->client.fd);
  if (c->host.fd >= 0) close(c->host.fd);
  free(c);
}

static void start_half(struct half *half, struct side *from, struct side *to, const bool *cut) {
  *half = (struct half){.from = from, .to = to, .cut = cut, .tail = &half->head};
}

static void accept_all(void) {
  int fd, one = 1;
  while ((fd = accept4(relay.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
    struct connection *c = calloc(1, sizeof *c);
    if (!c) die("calloc");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->client.fd = fd;
    c->host.fd = -1;
    c->open_due = now() + 3 * relay.delay;
    start_half(&c->to_host, &c->client, &c->host, &relay.cut_to_host);
    start_half(&c->from_host, &c->host, &c->client, &relay.cut_from_host);
    c->next = relay.connections;
    relay.connections = c;
    watch(fd, &c->client, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  }
}

static void obey(const char *line) {
  bool both = !strcmp(line, "cut both"), restore = !strcmp(line, "restore");
  bool to = !strcmp(line, "cut to-host"), from = !strcmp(line, "cut from-host");
  if (!both && !restore && !to && !from) {
    printf("unknown command\n");
    return;
  }
  if (to || both) relay.cut_to_host = true;
  if (from || both) relay.cut_from_host = true;
  if (restore) relay.cut_to_host = relay.cut_from_host = false;
  printf("ok\n");
}

static void read_commands(void) {
  static char buffer[256];
  static size_t used;
  ssize_t n = read(STDIN_FILENO, buffer + used, sizeof buffer - used);
  if (n <= 0) exit(0);
  used += (size_t)n;
  for (char *end; (end = memchr(buffer, '\n', used));) {
    *end++ = 0;
    obey(buffer);
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

static int64_t half_due(const struct half *half) {
  if (*half->cut) return INT64_MAX;
  if (half->head) return half->to->writable ? half->head->due : INT64_MAX;
  return half->ended && !half->end_passed ? half->end_due : INT64_MAX;
}

static int64_t connection_due(const struct connection *c) {
  if (c->state == WAITING)
    return relay.cut_to_host || relay.cut_from_host ? INT64_MAX : c->open_due;
  if (c->state != OPEN) return INT64_MAX;
  return earlier(half_due(&c->to_host), half_due(&c->from_host));
}

static int64_t advance_all(void) {
  int64_t due = INT64_MAX, time = now();
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
  relay.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (relay.listener < 0 || bind(relay.listener, (struct sockaddr *)&name, size) < 0 ||
      listen(relay.listener, 1024) < 0 ||
      getsockname(relay.listener, (struct sockaddr *)&name, &size) < 0)
    die("listen");
  printf("%d\n", ntohs(name.sin_port));
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: relay LISTEN-ADDRESS TARGET-ADDRESS TARGET-PORT DELAY-MICROSECONDS\n");
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  relay.target = (struct sockaddr_in){.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)atoi(argv[3])),
                                      .sin_addr.s_addr = parse_address(argv[2])};
  relay.delay = atoll(argv[4]) * 1000;
  relay.epoll = epoll_create1(EPOLL_CLOEXEC);
  if (relay.epoll < 0) die("epoll_create1");
  start_listening(argv[1]);
  watch(relay.listener, &listener_tag, EPOLLIN);
  watch(STDIN_FILENO, &command_tag, EPOLLIN);
  for (;;) wait_events(advance_all());
}
