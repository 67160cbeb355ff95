#define _GNU_SOURCE
#include "batch.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "../native/daemon.h"
#include "feed.h"

enum { ORDERS = 8192, FEW_CLIENTS = 4 };

struct batch {
  struct stored_order orders[ORDERS];
  struct client *clients[ORDERS];
  size_t order_count, client_count;
  int64_t time;
};

static struct batch batches[2];
static struct batch *collecting = &batches[0];
static struct batch *writing; /* the thread's while not NULL */
static struct source done;    /* eventfd: the thread has written `writing` */
static int begin_fd;          /* eventfd: the thread has something to write */
static uint64_t next_id;

static int64_t microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void count_up(int fd) {
  uint64_t one = 1;
  if (write(fd, &one, sizeof one) != sizeof one)
    fail("the threads lost each other: %s in write", strerror(errno));
}

static void *write_batches(void *unused) {
  uint64_t count;
  (void)unused;
  while (read(begin_fd, &count, sizeof count) == sizeof count) {
    store_write(writing->orders, writing->order_count);
    count_up(done.fd);
  }
  fail("the threads lost each other: %s in read", strerror(errno));
}

/* The clients first: they wait, positiond does not. */
static void settle(struct batch *batch) {
  for (size_t i = 0; i < batch->client_count; i++) client_release(batch->clients[i]);
  feed_committed(batch->orders, batch->order_count);
  batch->order_count = batch->client_count = 0;
}

static void written(struct source *source, uint32_t events) {
  uint64_t count;
  (void)events;
  if (read(source->fd, &count, sizeof count) != sizeof count) return;
  struct batch *batch = writing;
  writing = NULL;
  settle(batch);
}

void batch_start(uint64_t first_id) {
  pthread_t thread;
  next_id = first_id;
  begin_fd = eventfd(0, EFD_CLOEXEC);
  done = (struct source){.ready = written, .fd = eventfd(0, EFD_CLOEXEC)};
  if (begin_fd < 0 || done.fd < 0) fail("cannot start: %s in eventfd", strerror(errno));
  loop_add(&done, EPOLLIN);
  int error = pthread_create(&thread, NULL, write_batches, NULL);
  if (error) fail("cannot start the writing thread: %s in pthread_create", strerror(error));
}

bool batch_has_room(void) { return collecting->order_count < ORDERS; }

uint64_t batch_add(struct client *client, const struct order *order) {
  struct batch *batch = collecting;
  if (batch->order_count == 0) batch->time = microseconds();
  batch->orders[batch->order_count++] =
      (struct stored_order){.id = next_id, .time = batch->time, .order = *order};
  if (!client->held) batch->clients[batch->client_count++] = client;
  client->held = true;
  return next_id++;
}

static void write_now(struct batch *batch) {
  store_write(batch->orders, batch->order_count);
  settle(batch);
}

void batch_commit(void) {
  struct batch *batch = collecting;
  if (writing || batch->order_count == 0) return;
  if (batch->client_count <= FEW_CLIENTS) {
    write_now(batch);
    return;
  }
  writing = batch;
  collecting = batch == &batches[0] ? &batches[1] : &batches[0];
  count_up(begin_fd);
}

uint64_t batch_stop(void) {
  while (writing) written(&done, EPOLLIN);
  if (collecting->order_count) write_now(collecting);
  return next_id;
}
