#define _GNU_SOURCE
#include "shard.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../native/daemon.h"
#include "../native/loop.h"
#include "../native/shard_place.h"
#include "../native/stop.h"
#include "address.h"
#include "queue.h"
#include "routes.h"

enum {
  ANSWERS = 65536,
  RETRY_FIRST_MS = 20,
  RETRY_MOST_MS = 1000,
  CONNECT_MS = 3000,
  CHECK_MS = 1000,
  ANSWER_MS = 10000, /* a shard that leaves an order unanswered for so long is taken as broken */
};

enum state { DOWN, CONNECTING, ASKING, UP };

struct shard {
  struct source connection; /* first; the descriptor is kept while down, so that a flood of clients
                               cannot take the last one */
  struct source timer;      /* DOWN: tries again; UP: looks for a stall; else gives up */
  const char *name;
  struct sockaddr_storage address;
  socklen_t address_length;
  enum state state;
  bool tried;
  unsigned retry_ms;
  size_t known;   /* symbols that it has told */
  char wrong[40]; /* what came of the last question for them, when that was no answer */
  bool proven;        /* it has answered an order on this connection */
  bool returning;     /* it was up, and its orders wait for the next orderd */
  struct queue queue; /* the orders to it */
  struct slot *first, **last;
  char *in; /* ANSWERS bytes */
  size_t in_end;
};

static struct shard shards[SHARDS_MAX];
static size_t count, in_flight;
static unsigned new_count; /* how many of the shards take new symbols */

static int number(const struct shard *shard) {
  return (int)(shard - shards);
}

void shard_add(const char *address) {
  struct shard *shard = &shards[count];
  if (count == SHARDS_MAX) usage_error("more than %d shards", SHARDS_MAX);
  if (!parse_address(address, &shard->address, &shard->address_length))
    usage_error(
        "--shard takes HOST:PORT, HOST an address such as 10.0.0.7 or [fd00::7], not "
        "\"%s\"",
        address);
  shard->name = address;
  shard->connection.fd = -1;
  shard->last = &shard->first;
  shard->retry_ms = RETRY_FIRST_MS;
  count++;
}

size_t shard_count(void) {
  return count;
}
size_t shards_in_flight(void) {
  return in_flight;
}

static void close_socket(struct shard *shard) {
  loop_remove(&shard->connection);
  if (shard->connection.fd >= 0) close(shard->connection.fd);
  shard->connection.fd = make_socket(shard->address.ss_family, ANSWER_MS);
}

static struct slot *next_slot(struct shard *shard) {
  struct slot *slot = shard->first;
  if (!slot) return NULL;
  shard->first = slot->next_of_shard;
  if (!shard->first) shard->last = &shard->first;
  in_flight--;
  return slot;
}

/* An order whose last byte was never written can't have been read whole, so it was not accepted. */
static void fail_in_flight(struct shard *shard) {
  char down[160], unknown[240];
  int down_length =
      snprintf(down, sizeof down, "REJECT shard %d (%s) is down", number(shard), shard->name);
  int unknown_length = snprintf(unknown, sizeof unknown,
                                "REJECT unknown: the connection to shard %d (%s) broke; the order "
                                "may or may not have been accepted",
                                number(shard), shard->name);
  for (struct slot *slot; (slot = next_slot(shard));) {
    bool sent = slot->end <= shard->queue.written;
    shard_answered(slot, sent ? unknown : down, (size_t)(sent ? unknown_length : down_length));
  }
}

static void retry_later(struct shard *shard) {
  timer_set(&shard->timer, shard->retry_ms, 0);
  shard->retry_ms = shard->retry_ms * 2 > RETRY_MOST_MS ? RETRY_MOST_MS : shard->retry_ms * 2;
}

static void go_down(struct shard *shard, const char *why) {
  bool again = shard->state == CONNECTING ||
               (shard->state == ASKING && !strncmp(shard->wrong, why, sizeof shard->wrong - 1));
  if (shard->state == ASKING) snprintf(shard->wrong, sizeof shard->wrong, "%s", why);
  if (!again || !shard->tried)
    log_line("shard %d (%s) is down: %s; its orders are rejected until it is back", number(shard),
             shard->name, why);
  shard->state = DOWN;
  shard->tried = true;
  close_socket(shard);
  fail_in_flight(shard);
  queue_empty(&shard->queue);
  shard->returning = false;
  retry_later(shard);
}

static void flush(struct shard *shard) {
  if (!queue_write(&shard->queue, shard->connection.fd)) {
    go_down(shard, strerror(errno));
    return;
  }
  bool more = queue_has_unwritten(&shard->queue);
  loop_want(&shard->connection, EPOLLIN | (more ? (uint32_t)EPOLLOUT : 0));
}

static void try_connect(struct shard *shard) {
  if (shard->connection.fd < 0)
    shard->connection.fd = make_socket(shard->address.ss_family, ANSWER_MS);
  shard->state = CONNECTING;
  shard->proven = false;
  shard->in_end = shard->known = 0;
  timer_set(&shard->timer, CONNECT_MS, 0);
  if (shard->connection.fd < 0) {
    go_down(shard, strerror(errno));
    return;
  }
  loop_add(&shard->connection, EPOLLOUT);
  const struct sockaddr *address = (const struct sockaddr *)&shard->address;
  if (connect(shard->connection.fd, address, shard->address_length) < 0 && errno != EINPROGRESS)
    go_down(shard, strerror(errno));
}

static void connect_again(struct shard *shard) {
  shard->returning = true;
  close_socket(shard);
  try_connect(shard);
}

static void go_up(struct shard *shard) {
  unsigned told_count = routes_told_count((unsigned)number(shard));
  log_line("shard %d (%s) is up: one of %u, with %zu symbols", number(shard), shard->name,
           told_count, shard->known);
  if (told_count != new_count)
    log_line("shard %d (%s) takes new symbols as one of %u, and this gateway knows of %u",
             number(shard), shard->name, told_count, new_count);
  /* Orders of new symbols were queued by another rule than its. */
  if (told_count != new_count) fail_in_flight(shard), queue_empty(&shard->queue);
  shard->state = UP;
  shard->returning = false;
  shard->tried = true;
  shard->wrong[0] = 0;
  shard->retry_ms = RETRY_FIRST_MS;
  timer_set(&shard->timer, CHECK_MS, CHECK_MS);
}

static void ask(struct shard *shard) {
  char line[32];
  int length = snprintf(line, sizeof line, "SYMBOLS %zu\n", shard->known);
  shard->state = ASKING;
  timer_set(&shard->timer, CONNECT_MS, 0);
  loop_want(&shard->connection, EPOLLIN);
  if (send(shard->connection.fd, line, (size_t)length, MSG_NOSIGNAL) != length)
    go_down(shard, strerror(errno));
}

static void take_symbols(struct shard *shard, char *line, size_t length) {
  char why[120];
  bool done;
  line[length] = 0;
  if (!routes_learn((unsigned)number(shard), line, &shard->known, &done, why, sizeof why))
    go_down(shard, why);
  else if (done)
    go_up(shard);
  else
    ask(shard);
}

/* What has no answer was not taken: the next orderd, which may be there already, gets it. */
static void take_goodbye(struct shard *shard) {
  queue_rewind(&shard->queue);
  if (shard->state == UP || shard->returning)
    connect_again(shard);
  else
    go_down(shard, "it is stopping");
}

static void take_answer(struct shard *shard, char *line, size_t length) {
  if (length >= 4 && !memcmp(line, "BYE ", 4)) {
    take_goodbye(shard);
    return;
  }
  if (shard->state == ASKING) {
    take_symbols(shard, line, length);
    return;
  }
  struct slot *slot = next_slot(shard);
  if (!slot) {
    go_down(shard, "it answers what was not asked");
    return;
  }
  shard->proven = true;
  shard->queue.answered = slot->end;
  shard_answered(slot, line, length);
}

static void take_answers(struct shard *shard) {
  char *line = shard->in, *end = shard->in + shard->in_end, *stop;
  while (shard->state >= ASKING && (stop = memchr(line, '\n', (size_t)(end - line)))) {
    take_answer(shard, line, (size_t)(stop - line));
    line = stop + 1;
  }
  if (shard->state < ASKING) return;
  shard->in_end = (size_t)(end - line);
  memmove(shard->in, line, shard->in_end);
  if (shard->in_end == ANSWERS) go_down(shard, "its answer has no end");
}

/* Between orders nothing is lost by it. */
static void connection_ended(struct shard *shard) {
  if (shard->proven && !shard->first)
    connect_again(shard);
  else
    go_down(shard, "it closed the connection");
}

static void read_answers(struct shard *shard) {
  ssize_t n = read(shard->connection.fd, shard->in + shard->in_end, ANSWERS - shard->in_end);
  if (n > 0) {
    shard->in_end += (size_t)n;
    take_answers(shard);
  } else if (n == 0) {
    connection_ended(shard);
  } else if (errno != EAGAIN && errno != EINTR) {
    go_down(shard, strerror(errno));
  }
}

static void finish_connect(struct shard *shard) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(shard->connection.fd, SOL_SOCKET, SO_ERROR, &error, &size);
  if (!error && is_own_address(shard->connection.fd)) error = ECONNREFUSED;
  if (error)
    go_down(shard, strerror(error));
  else
    ask(shard);
}

static void connection_ready(struct source *source, uint32_t events) {
  struct shard *shard = (struct shard *)source;
  if (shard->state == CONNECTING)
    finish_connect(shard);
  else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
    read_answers(shard);
  else
    flush(shard);
}

static void check_stall(struct shard *shard) {
  if (shard->first && now_ms() - shard->first->sent_ms > ANSWER_MS)
    go_down(shard, "it left an order unanswered for 10 s");
}

static void timer_ready(struct source *source, uint32_t events) {
  (void)events;
  struct shard *shard = (struct shard *)((char *)source - offsetof(struct shard, timer));
  timer_taken(source);
  if (shard->state == DOWN)
    try_connect(shard);
  else if (shard->state == CONNECTING)
    go_down(shard, "no answer to the connect");
  else if (shard->state == ASKING)
    go_down(shard, "it does not tell its symbols");
  else
    check_stall(shard);
}

static bool all_tried(void) {
  for (size_t i = 0; i < count; i++)
    if (!shards[i].tried) return false;
  return true;
}

void shards_start(unsigned of_new) {
  new_count = of_new;
  routes_init((unsigned)count, new_count);
  for (size_t i = 0; i < count; i++) {
    shards[i].in = must_alloc(ANSWERS);
    shards[i].connection.ready = connection_ready;
    timer_init(&shards[i].timer, timer_ready);
    try_connect(&shards[i]);
  }
  while (!stopping && !all_tried()) loop_turn(-1);
}

bool shard_send(struct slot *slot, const char symbol[16], const char *line, size_t length,
                char *why, size_t why_size) {
  bool unsure;
  struct shard *shard = &shards[routes_find(symbol, &unsure)];
  if (shard->state != UP && !shard->returning) {
    snprintf(why, why_size, "shard %d (%s) is down%s", number(shard), shard->name,
             unsure ? ", and may have that symbol" : "");
    return false;
  }
  if (unsure) {
    snprintf(why, why_size,
             "shard %d (%s) is one of %u, not of %u, and may have that symbol: send the order again",
             number(shard), shard->name, routes_told_count((unsigned)number(shard)), new_count);
    return false;
  }
  queue_put(&shard->queue, line, length);
  slot->end = shard->queue.end;
  slot->sent_ms = now_ms();
  slot->next_of_shard = NULL;
  *shard->last = slot;
  shard->last = &slot->next_of_shard;
  in_flight++;
  return true;
}

void shards_flush(void) {
  for (size_t i = 0; i < count; i++)
    if (shards[i].state == UP && queue_has_unwritten(&shards[i].queue)) flush(&shards[i]);
}

void shards_stop(void) {
  for (size_t i = 0; i < count; i++) {
    fail_in_flight(&shards[i]);
    loop_remove(&shards[i].connection);
    loop_remove(&shards[i].timer);
    if (shards[i].connection.fd >= 0) close(shards[i].connection.fd);
    queue_empty(&shards[i].queue);
    free(shards[i].in);
  }
}
