/* orderd accepts or rejects orders, stores those it accepted, and feeds positiond.
 *
 *   orderd --init PATH     makes a fresh database; an existing one is refused
 *   orderd --check PATH    checks that PATH is a whole database of this version that no orderd has;
 *                          prints `ok orders=17 symbols=3 id=...`
 *   orderd --prepare PATH  makes it if it is missing, else checks it
 *   orderd --listen-fd N --database PATH --positiond DIR [--ready-fd M] [--stall-seconds S]
 *          [--handover]
 *
 * --shard I/COUNT goes with each: it is shard I, and COUNT shards take new symbols
 * (native/shard_place.h). The database keeps I, and COUNT may be another each time. Without it, it
 * is no shard. symbols.h has which orders are taken.
 *
 * N is an inherited TCP socket that listens already. PATH is a database made by --init, owned by
 * this process alone while it runs (others may read it). DIR is the workdir of a running positiond
 * on this host; orderd must be able to attach to it to start. M is an inherited descriptor: `ready`
 * and a line end are written to it, and it is closed, when orders are taken. Descriptors 0 to 2, N
 * and M are all that it uses.
 *
 * --handover takes the database over from an orderd that serves on the same socket. All that can be
 * done beside that one is done; then the byte `p` is written to M, and the other's end is waited for,
 * however it comes and however long it takes; then it goes on from what is stored, and says `ready`.
 * positiond need not be there. SIGTERM or SIGINT while it waits: exit 0, and the other is not touched.
 *
 * Lines on a connection, answered in order, any number in flight:
 *   BUY ACME 100 10.50    ACCEPT 17, once the order is durable (native/order.h has the rules); no
 *                         order of another shard has that number (native/shard_place.h)
 *   SELL ACME 5 9.99      or REJECT and why
 *   SYMBOLS 0             which symbols it has (symbols.h)
 *   HELP                  HELP and the requests
 *   QUIT                  BYE, then the connection is closed
 * All orders of one turn of the loop are one transaction; those that arrive while it is written are
 * the next. Limits on clients: native/server.h; one that takes none of its answers for S seconds
 * (10) is closed.
 *
 * When positiond dies, orders are still taken; its positions follow when it is back (feed.h).
 *
 * The log is standard error. SIGTERM or SIGINT: what was read is committed and answered, the
 * database is let go, clients are told goodbye (native/server.h, at most 1 s), exit 0.
 * Exit 1: it could not start, or the database failed; exit 2: the command line makes no sense.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <time.h>

#include "../native/daemon.h"
#include "../native/server.h"
#include "../native/stop.h"
#include "database.h"
#include "feed.h"
#include "store.h"
#include "symbols.h"

enum { BATCH = 8192, GATHER_US = 30 };

static struct server server;
static struct stored_order batch[BATCH]; /* the transaction of this turn */
static size_t batch_count;
static struct shard_place shard;
static uint64_t next_id;
static int64_t turn_time;

static int64_t microseconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static unsigned long long next_number(void) {
  return order_number(next_id, shard);
}

/* The answer waits in the client's buffer until the batch is committed. */
static void accept_order(struct client *client, const struct order *order, bool first) {
  char answer[32] = "ACCEPT ";
  if (batch_count == 0) turn_time = microseconds(CLOCK_REALTIME);
  batch[batch_count++] = (struct stored_order){
      .id = next_id, .time = turn_time, .order = *order, .first = first};
  char *end = put_number(answer + 7, next_number());
  next_id++;
  client_answer(client, answer, (size_t)(end - answer));
}

static void take_line(struct client *client, char *line, size_t length) {
  struct order order;
  char reason[REASON_MAX];
  bool first;
  if (symbols_tell(client, line, length)) return;
  switch (parse_request(line, length, &order, reason)) {
    case REQUEST_ORDER:
      if (symbols_take(client, &order, &first)) accept_order(client, &order, first);
      break;
    case REQUEST_HELP:
      client_printf(client, "%s", order_help);
      break;
    case REQUEST_QUIT:
      client_printf(client, "BYE");
      client_finish(client);
      break;
    case REQUEST_BAD:
      client_printf(client, "REJECT %s", reason);
      break;
  }
}

static bool may_take(struct client *client) {
  (void)client;
  return batch_count < BATCH;
}

/* The clients that were just answered are about to send again. Waiting for them awake and for a
 * moment saves a sleep to one client and a transaction to many. Others may have the processor. */
static void gather(size_t expected) {
  int64_t most = GATHER_US + 2 * (int64_t)(expected < 64 ? expected : 64);
  int64_t end = microseconds(CLOCK_MONOTONIC) + most;
  while (batch_count < expected && !stopping && microseconds(CLOCK_MONOTONIC) < end) {
    sched_yield();
    loop_turn(0);
    server_take(&server);
  }
}

static void wait_for_lines(size_t answered) {
  if (answered) gather(answered < server.count ? answered : server.count);
  if (batch_count || stopping) return;
  loop_turn(server_has_work(&server) || feed_has_work() ? 0 : -1);
  server_take(&server);
}

/* Clients before positiond: they wait, it does not. */
static size_t answer_batch(void) {
  size_t answered = batch_count;
  if (answered) store_write(batch, answered);
  batch_count = 0;
  server_flush(&server);
  if (answered) feed_committed(batch, answered);
  feed_step();
  return answered;
}

static void serve(void) {
  size_t answered = 0;
  while (!stopping) {
    wait_for_lines(answered);
    answered = answer_batch();
  }
}

/* What was read is answered, and nobody is waited for: the next owner of the database may be. */
static void drain(void) {
  server_drain(&server);
  do {
    server_take(&server);
    answer_batch();
  } while (server_has_work(&server));
}

static void take_database(const char *path, const struct shard_place *place, bool handover,
                          int ready_fd) {
  if (!handover) database_own(path, false);
  store_open(path, place);
  if (handover) {
    announce_prepared(ready_fd);
    database_own(path, true);
  }
  store_load(path);
}

int main(int argc, char **argv) {
  static const struct server_ops ops = {
      .client_size = sizeof(struct client), .line = take_line, .may_take = may_take};
  const char *make = NULL, *check = NULL, *prepare = NULL;
  const char *database = NULL, *positiond = NULL, *given = NULL;
  int listen_fd = -1, ready_fd = -1, stall_seconds = STALL_SECONDS;
  bool handover = false;
  const struct flag flags[] = {{"--init", FLAG_TEXT, {.text = &make}},
                               {"--check", FLAG_TEXT, {.text = &check}},
                               {"--prepare", FLAG_TEXT, {.text = &prepare}},
                               {"--listen-fd", FLAG_NUMBER, {.number = &listen_fd}},
                               {"--ready-fd", FLAG_NUMBER, {.number = &ready_fd}},
                               {"--stall-seconds", FLAG_NUMBER, {.number = &stall_seconds}},
                               {"--handover", FLAG_SWITCH, {.on = &handover}},
                               {"--shard", FLAG_TEXT, {.text = &given}},
                               {"--database", FLAG_TEXT, {.text = &database}},
                               {"--positiond", FLAG_TEXT, {.text = &positiond}}};
  daemon_init("orderd",
              "orderd --listen-fd N --database PATH --positiond DIR [--ready-fd M] "
              "[--stall-seconds S] [--handover] | orderd --init PATH | orderd --check PATH | "
              "orderd --prepare PATH, each with [--shard I/COUNT]");
  parse_flags(argc, argv, flags, sizeof flags / sizeof *flags);
  if (given && !parse_shard_place(given, &shard))
    usage_error("--shard takes I/COUNT as in 0/2, both at most %d, not %s", SHARDS_MAX, given);
  const struct shard_place *place = given ? &shard : NULL;
  if (make) return database_make(make, place), 0;
  if (check) return database_check(check, place), 0;
  if (prepare) return database_prepare(prepare, place), 0;
  if (listen_fd < 0) usage_error("--listen-fd is missing");
  if (!database) usage_error("--database is missing");
  if (!positiond) usage_error("--positiond is missing");
  check_listener(listen_fd);
  check_ready_fd(ready_fd);
  if (handover) leave_on_stop_signals();
  feed_open(positiond);
  take_database(database, place, handover, ready_fd);
  symbols_start(shard);
  loop_init();
  watch_stop_signals();
  feed_start(!handover);
  server_init(&server, listen_fd, stall_seconds, &ops);
  next_id = store_last_id() + 1;
  log_line("ready: order %llu is the next", next_number());
  if (!stopping) announce_ready(ready_fd);
  serve();
  drain();
  feed_stop();
  store_close();
  server_end(&server);
  log_line("stopped before order %llu", next_number());
  return 0;
}
