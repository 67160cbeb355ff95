/* positiond keeps the position of each symbol.
 *
 *   positiond [--workdir DIR] [--ready-fd N]
 *
 * DIR (default: the current directory) must exist; positiond makes in it, and needs no other place:
 *   lock             locked while a positiond runs there
 *   positions.sock   Unix socket: questions, and the attachment of orderd
 *   ring             the shared memory of the attached orderd (native/ring.h)
 *   state.0 state.1  the positions, durably (state.h)
 * N is an inherited descriptor: `ready` and a line end are written to it and it is closed when
 * questions and an orderd can be served. Descriptors 0 to 2 and N are all that it uses.
 *
 * The log is standard error. SIGTERM or SIGINT: what was read is answered, what the ring holds is
 * applied and saved, clients are told goodbye (native/server.h, at most 1 s), exit 0.
 * Exit 1: it could not start, or cannot go on; exit 2: the command line makes no sense.
 *
 * Lines on positions.sock:
 *   POSITIONS      POSITION ACME 100 ... for each symbol traded, then END applied=17 durable=15
 *   POSITION ACME  POSITION ACME 100 (0 when never traded)
 *   WAIT 17        APPLIED 17, once order 17 is applied
 *   ATTACH id      ATTACHED 17: from now on the connection belongs to orderd, which publishes
 *                  order 18 and those after it in the ring; `id` names its database, and is kept
 *   QUIT           BYE
 *   anything else  ERROR and why
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../native/daemon.h"
#include "../native/order.h"
#include "../native/ring.h"
#include "../native/server.h"
#include "../native/stop.h"
#include "book.h"
#include "state.h"
#include "writer.h"

enum { SAVE_MS = 200 };

struct asker {
  struct client client;
  uint64_t waits_for; /* an order; 0: none */
};

static struct book book;
static struct server server;
static struct source save_timer;
static uint64_t durable;
static bool save_due; /* the timer runs */
static size_t waiting_askers;

static void save(void) {
  if (durable == book.applied || !state_save(&book)) return;
  durable = book.applied;
  writer_publish_durable(durable);
}

static void save_soon(void) {
  if (save_due || durable == book.applied) return;
  save_due = true;
  timer_set(&save_timer, SAVE_MS, 0);
}

static void save_ready(struct source *source, uint32_t events) {
  (void)events;
  timer_taken(source);
  save_due = false;
  save();
}

static void answer_positions(struct client *client) {
  struct position *sorted = book_sorted(&book);
  for (size_t i = 0; i < book.count; i++)
    client_printf(client, "POSITION %s %lld", sorted[i].symbol, (long long)sorted[i].quantity);
  free(sorted);
  client_printf(client, "END applied=%llu durable=%llu", (unsigned long long)book.applied,
                (unsigned long long)durable);
}

static void answer_position(struct client *client, const char *text) {
  char symbol[16] = {0};
  size_t length = strlen(text);
  if (length <= SYMBOL_MAX) memcpy(symbol, text, length);
  if (!symbol_is_valid(symbol)) {
    client_printf(client, "ERROR expected POSITION and a symbol, 1 to 12 of A-Z, 0-9 and '.'");
    return;
  }
  const struct position *position = book_find(&book, symbol);
  client_printf(client, "POSITION %s %lld", symbol, position ? (long long)position->quantity : 0);
}

static void answer_wait(struct client *client, const char *text) {
  char *end;
  unsigned long long sequence = strtoull(text, &end, 10);
  if (end == text || *end || *text == '-') {
    client_printf(client, "ERROR expected WAIT and the number of an order");
  } else if (sequence <= book.applied) {
    client_printf(client, "APPLIED %llu", (unsigned long long)book.applied);
  } else {
    ((struct asker *)client)->waits_for = sequence;
    waiting_askers++;
  }
}

static bool belongs(const char *database) {
  return !book.database[0] || strcmp(book.database, database) == 0;
}

static void answer_attach(struct client *client, const char *database) {
  int other = writer_pid(&book);
  if (strlen(database) != DATABASE_ID_LENGTH) {
    client_printf(client, "ERROR expected ATTACH and the %d characters of a database's id",
                  DATABASE_ID_LENGTH);
  } else if (other) {
    client_printf(client, "ERROR the orderd with process id %d is attached: a positiond takes one",
                  other);
  } else if (!belongs(database)) {
    client_printf(client, "ERROR the positions kept here are of another database (%s)",
                  book.database);
  } else if (!writer_prepare(&book, durable)) {
    client_printf(client, "ERROR cannot make the ring: %s", strerror(errno));
  } else {
    memcpy(book.database, database, DATABASE_ID_LENGTH);
    client_printf(client, "ATTACHED %llu", (unsigned long long)book.applied);
    client_flush(client);
    int fd = client_detach(client);
    if (fd >= 0) writer_attach(&book, fd);
  }
}

static bool after(const char *line, const char *word, const char **rest) {
  size_t length = strlen(word);
  if (strncmp(line, word, length)) return false;
  *rest = line + length;
  return true;
}

static void answer(struct client *client, char *line, size_t length) {
  const char *rest;
  line[length] = 0;
  if (!strcmp(line, "POSITIONS"))
    answer_positions(client);
  else if (after(line, "POSITION ", &rest))
    answer_position(client, rest);
  else if (after(line, "WAIT ", &rest))
    answer_wait(client, rest);
  else if (after(line, "ATTACH ", &rest))
    answer_attach(client, rest);
  else if (!strcmp(line, "QUIT"))
    client_printf(client, "BYE"), client_finish(client);
  else
    client_printf(client, "ERROR expected POSITIONS, POSITION symbol, WAIT number or QUIT");
}

static bool waits(struct client *client) {
  return ((struct asker *)client)->waits_for != 0;
}
static bool does_not_wait(struct client *client) {
  return !waits(client);
}

static void gone(struct client *client) {
  if (waits(client)) waiting_askers--;
}

static void answer_waiting(void) {
  if (!waiting_askers) return;
  for (struct client *client = server.clients; client; client = client->next) {
    struct asker *asker = (struct asker *)client;
    if (!asker->waits_for || asker->waits_for > book.applied) continue;
    asker->waits_for = 0;
    waiting_askers--;
    client_printf(client, "APPLIED %llu", (unsigned long long)book.applied);
    client_activate(client);
  }
}

static void enter(const char *workdir) {
  if (chdir(workdir) < 0)
    fail("cannot enter the workdir %s: %s: make it first", workdir, strerror(errno));
  umask(077);
  int lock = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) fail("cannot make files in the workdir %s: %s", workdir, strerror(errno));
  if (flock(lock, LOCK_EX | LOCK_NB) < 0)
    fail("another positiond runs in the workdir %s: give each its own", workdir);
}

/* A relative path: the whole path may be longer than sun_path. */
static int listen_for_questions(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = POSITIONS_SOCKET};
  int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  unlink(POSITIONS_SOCKET);
  if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) < 0 || listen(fd, 128) < 0)
    fail("cannot listen on %s in the workdir: %s", POSITIONS_SOCKET, strerror(errno));
  return fd;
}

int main(int argc, char **argv) {
  static const struct server_ops ops = {.client_size = sizeof(struct asker),
                                        .line = answer,
                                        .may_take = does_not_wait,
                                        .is_busy = waits,
                                        .gone = gone};
  const char *workdir = ".";
  int ready_fd = -1;
  const struct flag flags[] = {{"--workdir", FLAG_TEXT, {.text = &workdir}},
                               {"--ready-fd", FLAG_NUMBER, {.number = &ready_fd}}};
  daemon_init("positiond", "positiond [--workdir DIR] [--ready-fd N]");
  parse_flags(argc, argv, flags, sizeof flags / sizeof *flags);
  check_ready_fd(ready_fd);
  enter(workdir);
  book_init(&book);
  state_load(&book);
  durable = book.applied;
  loop_init();
  watch_stop_signals();
  timer_init(&save_timer, save_ready);
  server_init(&server, listen_for_questions(), STALL_SECONDS, &ops);
  log_line("ready: %zu positions, order %llu was the last", book.count,
           (unsigned long long)book.applied);
  announce_ready(ready_fd);
  while (!stopping) {
    loop_turn(server_has_work(&server) ? 0 : writer_timeout());
    writer_take(&book);
    answer_waiting();
    server_take(&server);
    server_flush(&server);
    save_soon();
  }
  server_drain(&server);
  do {
    server_take(&server);
    server_flush(&server);
  } while (server_has_work(&server));
  writer_detach(&book);
  answer_waiting();
  save();
  server_end(&server);
  unlink(POSITIONS_SOCKET);
  log_line("stopped after order %llu", (unsigned long long)book.applied);
  return durable == book.applied ? 0 : 1;
}
