/* gatewayd stands in front of several orderds: it sends each order to the shard of its symbol.
 *
 *   gatewayd --listen-fd N --shard HOST:PORT [--shard HOST:PORT ...] [--count COUNT]
 *            [--ready-fd M] [--stall-seconds S]
 *
 * N is an inherited TCP socket that listens already. The shards are numbered from 0 in the order
 * given. The first COUNT of them take new symbols, all if it is not given; the others are there for
 * the symbols that they have (routes.h). HOST is an address, not a name. M is an inherited
 * descriptor: `ready` and a line end are written to it, and it is closed, when orders are taken and
 * each shard has been tried once. Descriptors 0 to 2, N and M are all that it uses.
 *
 * Lines on a connection are those of orderd, answered in order. An order that is wrong is rejected
 * here; the others are answered as their shard answers, whose numbers no other shard gives, and
 * besides with
 *   REJECT shard 1 (10.0.0.7:4000) is down        the order was not accepted
 *   REJECT shard 1 (...) is down, and may have that symbol
 *   REJECT shard 1 (...) is one of 2, not of 4, and may have that symbol: send the order again
 *   REJECT unknown: the connection to shard 1 (...) broke; ...      it may or may not have been
 * A shard that stops says goodbye (native/server.h), or closes between orders: the orders that it has
 * not taken wait for the next orderd at that address, for at most 3 s until it has the connection and
 * 3 s more until it answers. A shard that is down is tried again, at most 1 s apart. Limits on clients: native/server.h, and
 * at most 64 orders of one client in flight.
 *
 * The log is standard error. SIGTERM or SIGINT: the lines that were read are answered (for at most
 * 3 s), clients are told goodbye (native/server.h, at most 1 s), exit 0. Exit 1: it could not start;
 * exit 2: the command line makes no sense.
 */
#include <stdlib.h>
#include <string.h>

#include "../native/daemon.h"
#include "../native/order.h"
#include "../native/server.h"
#include "../native/stop.h"
#include "shard.h"

enum { WINDOW = 64, DRAIN_MS = 3000 };

struct customer {
  struct client client;
  struct slot *first, *last; /* answers to come, in order */
  unsigned slots;
};

static struct server server;

static struct slot *add_slot(struct customer *customer) {
  struct slot *slot = must_alloc(sizeof *slot);
  *slot = (struct slot){.client = customer};
  if (customer->first)
    customer->last->next_of_client = slot;
  else
    customer->first = slot;
  customer->last = slot;
  customer->slots++;
  return slot;
}

static void remove_first(struct customer *customer) {
  struct slot *slot = customer->first;
  customer->first = slot->next_of_client;
  customer->slots--;
  free(slot->text);
  free(slot);
}

static void keep_text(struct slot *slot, const char *text, size_t length) {
  slot->text = must_alloc(length + 1);
  memcpy(slot->text, text, length);
  slot->length = length;
}

/* An answer of our own waits for those of the shards that were asked before. */
static void answer(struct customer *customer, const char *text) {
  if (customer->first)
    keep_text(add_slot(customer), text, strlen(text));
  else
    client_answer(&customer->client, text, strlen(text));
}

static void answer_waiting(struct customer *customer) {
  for (struct slot *slot; (slot = customer->first) && slot->text;) {
    client_answer(&customer->client, slot->text, slot->length);
    remove_first(customer);
  }
}

void shard_answered(struct slot *slot, const char *text, size_t length) {
  struct customer *customer = slot->client;
  if (!customer) {
    free(slot);
    return;
  }
  if (slot != customer->first) {
    keep_text(slot, text, length);
    return;
  }
  client_answer(&customer->client, text, length);
  remove_first(customer);
  answer_waiting(customer);
  client_activate(&customer->client);
}

static void reject(struct customer *customer, const char *reason) {
  char text[REASON_MAX + 16] = "REJECT ";
  strncat(text, reason, REASON_MAX);
  answer(customer, text);
}

static void send_order(struct customer *customer, const struct order *order, const char *line,
                       size_t length) {
  char why[REASON_MAX];
  struct slot *slot = add_slot(customer);
  if (shard_send(slot, order->symbol, line, length, why, sizeof why)) return;
  char text[REASON_MAX + 16] = "REJECT ";
  strncat(text, why, REASON_MAX);
  keep_text(slot, text, strlen(text));
  answer_waiting(customer);
}

static void take_line(struct client *client, char *line, size_t length) {
  struct customer *customer = (struct customer *)client;
  struct order order;
  char reason[REASON_MAX];
  switch (parse_request(line, length, &order, reason)) {
    case REQUEST_ORDER:
      send_order(customer, &order, line, length);
      break;
    case REQUEST_HELP:
      answer(customer, order_help);
      break;
    case REQUEST_QUIT:
      answer(customer, "BYE");
      client_finish(client);
      break;
    case REQUEST_BAD:
      reject(customer, reason);
      break;
  }
}

static bool has_window(struct client *client) {
  return ((struct customer *)client)->slots < WINDOW;
}

static bool awaits_answers(struct client *client) {
  return ((struct customer *)client)->first != NULL;
}

/* Slots that a shard still has stay in its queue, without a client. */
static void gone(struct client *client) {
  struct customer *customer = (struct customer *)client;
  for (struct slot *slot = customer->first, *next; slot; slot = next) {
    next = slot->next_of_client;
    slot->client = NULL;
    if (!slot->text) continue;
    free(slot->text);
    free(slot);
  }
  customer->first = NULL;
}

static void turn(int timeout_ms) {
  loop_turn(server_has_work(&server) ? 0 : timeout_ms);
  server_take(&server);
  shards_flush();
  server_flush(&server);
}

/* A shard that does not answer in time may have accepted what it was sent. */
static void drain(void) {
  uint64_t now = now_ms(), deadline = now + DRAIN_MS;
  server_drain(&server);
  for (; (server_has_work(&server) || shards_in_flight()) && now < deadline; now = now_ms())
    turn((int)(deadline - now));
  shards_stop();
}

int main(int argc, char **argv) {
  static const struct server_ops ops = {.client_size = sizeof(struct customer),
                                        .line = take_line,
                                        .may_take = has_window,
                                        .is_busy = awaits_answers,
                                        .gone = gone};
  int listen_fd = -1, ready_fd = -1, stall_seconds = STALL_SECONDS, of_new = 0;
  const struct flag flags[] = {{"--listen-fd", FLAG_NUMBER, {.number = &listen_fd}},
                               {"--ready-fd", FLAG_NUMBER, {.number = &ready_fd}},
                               {"--stall-seconds", FLAG_NUMBER, {.number = &stall_seconds}},
                               {"--shard", FLAG_EACH, {.each = shard_add}},
                               {"--count", FLAG_NUMBER, {.number = &of_new}}};
  daemon_init("gatewayd",
              "gatewayd --listen-fd N --shard HOST:PORT [--shard HOST:PORT ...] "
              "[--count COUNT] [--ready-fd M] [--stall-seconds S]");
  parse_flags(argc, argv, flags, sizeof flags / sizeof *flags);
  if (listen_fd < 0) usage_error("--listen-fd is missing");
  if (shard_count() == 0) usage_error("--shard is missing: at least one");
  if ((size_t)of_new > shard_count()) usage_error("--count is more than there are shards");
  check_listener(listen_fd);
  check_ready_fd(ready_fd);
  loop_init();
  watch_stop_signals();
  shards_start(of_new ? (unsigned)of_new : (unsigned)shard_count());
  server_init(&server, listen_fd, stall_seconds, &ops);
  if (!stopping) announce_ready(ready_fd);
  while (!stopping) turn(-1);
  drain();
  server_end(&server);
  log_line("stopped");
  return 0;
}
