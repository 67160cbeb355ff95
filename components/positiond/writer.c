#define _GNU_SOURCE
#include "writer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../native/daemon.h"
#include "../native/loop.h"
#include "../native/order.h"
#include "../native/ring.h"

enum { ENTRIES_PER_TURN = 8192, LOOK_MS = 1, LOOKS = 50 };

static struct source connection;
static struct ring *ring, *prepared;
static uint64_t tail; /* our own count: what the ring says is the writer's to spoil */
static int peer;
static int looks;   /* left: while the writer is busy it need not wake us */
static bool asleep; /* the writer will wake us */
static bool hung_up;

static void wake(void) {
  send(connection.fd, "w", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void stay_awake(void) {
  looks = LOOKS;
  asleep = false;
}

static void let_go(void) {
  loop_remove(&connection);
  close(connection.fd);
  ring_close(ring);
  ring = NULL;
}

static const char *apply(struct book *book, const struct ring_entry *entry) {
  if (entry->sequence != book->applied + 1) return "an order out of sequence";
  if (!symbol_is_valid(entry->symbol)) return "an order without a valid symbol";
  if (entry->delta == 0 || entry->delta > QUANTITY_MAX || entry->delta < -QUANTITY_MAX)
    return "an order without a valid quantity";
  if (!book_add(book, entry->symbol, entry->delta)) return "a position that does not fit 64 bits";
  book->applied++;
  return NULL;
}

/* Entries are copied before they are checked: the writer could change them in between. */
static const char *apply_waiting(struct book *book, long most) {
  const char *wrong = NULL;
  long waiting = ring_waiting(ring, tail);
  if (waiting < 0) return "a head beyond the ring's end";
  for (long i = 0; i < waiting && i < most && !wrong; i++) {
    struct ring_entry entry = ring_get(ring, tail);
    wrong = apply(book, &entry);
    if (!wrong) tail++;
  }
  if (ring_take(ring, tail, book->applied)) wake();
  return wrong;
}

void writer_take(struct book *book) {
  if (!ring) return;
  uint64_t before = tail;
  const char *wrong = apply_waiting(book, ENTRIES_PER_TURN);
  if (wrong) {
    log_line("detached the orderd with process id %d: its ring held %s after order %llu", peer,
             wrong, (unsigned long long)book->applied);
    let_go();
    return;
  }
  if (tail != before) {
    stay_awake();
  } else if (hung_up) {
    log_line("orderd with process id %d is gone", peer);
    let_go();
  } else if (looks > 0) {
    looks--;
  } else {
    asleep = ring_consumer_sleeps(ring, tail);
  }
}

int writer_timeout(void) {
  if (!ring || asleep) return -1;
  return ring_waiting(ring, tail) ? 0 : LOOK_MS;
}

void writer_detach(struct book *book) {
  hung_up = true;
  while (ring) writer_take(book);
}

static void connection_ready(struct source *source, uint32_t events) {
  char bytes[256];
  (void)events;
  stay_awake();
  ssize_t n = recv(source->fd, bytes, sizeof bytes, MSG_DONTWAIT);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
    hung_up = true;
    loop_remove(source);
  }
}

int writer_pid(struct book *book) {
  char byte;
  if (ring && recv(connection.fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0) writer_detach(book);
  return ring ? peer : 0;
}

bool writer_prepare(const struct book *book, uint64_t durable) {
  if (prepared) ring_close(prepared);
  prepared = ring_create(book->applied, durable);
  return prepared != NULL;
}

void writer_attach(struct book *book, int fd) {
  struct ucred credentials = {0};
  socklen_t size = sizeof credentials;
  getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size);
  connection = (struct source){.ready = connection_ready, .fd = fd};
  ring = prepared;
  prepared = NULL;
  tail = 0;
  hung_up = false;
  peer = credentials.pid;
  loop_add(&connection, EPOLLIN);
  stay_awake();
  log_line("orderd with process id %d is attached, after order %llu", peer,
           (unsigned long long)book->applied);
}

void writer_publish_durable(uint64_t durable) {
  if (ring) atomic_store(&ring->durable, durable);
}
