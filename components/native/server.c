#define _GNU_SOURCE
#include "server.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"

enum { ACCEPTS_PER_TURN = 64, TICK_MS = 500, STARVED_LOG_MS = 5000 };

static void add_client(struct server *server, int fd) {
  struct client *client = calloc(1, server->ops->client_size);
  if (!client) fail("out of memory: cannot hold one more client");
  client->source = (struct source){.ready = client_ready, .fd = fd};
  client->server = server;
  client->next = server->clients;
  if (client->next) client->next->previous = client;
  server->clients = client;
  server->count++;
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (!loop_try_add(&client->source, EPOLLIN)) {
    log_line("cannot watch a client: %s in epoll_ctl", strerror(errno));
    client_close(client);
  }
}

static bool out_of_room(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* The listener rests, or its readiness would spin the loop. */
static void starve(struct server *server, int error) {
  uint64_t now = now_ms();
  if (!server->starved_log || now - server->starved_log > STARVED_LOG_MS)
    log_line(
        "cannot accept more clients: %s in accept4; they wait until one closes "
        "(raise RLIMIT_NOFILE to serve more)",
        strerror(error));
  server->starved_log = now;
  server->starved = true;
  loop_want(&server->listener, 0);
  server_arm_timer(server);
}

void server_descriptor_freed(struct server *server) {
  if (!server->starved) return;
  server->starved = false;
  loop_want(&server->listener, EPOLLIN);
}

static void accept_ready(struct source *source, uint32_t events) {
  (void)events;
  struct server *server = (struct server *)source;
  for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
    int fd = accept4(source->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      add_client(server, fd);
      continue;
    }
    if (out_of_room(errno))
      starve(server, errno);
    else if (errno == EINVAL || errno == ENOTSOCK || errno == EBADF)
      fail("the listening socket broke: %s in accept4", strerror(errno));
    if (errno != ECONNABORTED && errno != EINTR) return;
  }
}

void server_arm_timer(struct server *server) {
  if (server->timer_on) return;
  server->timer_on = true;
  timer_set(&server->timer, TICK_MS, TICK_MS);
}

static void expire(struct client *client) {
  if (!client->lingering) log_line("closed a client that reads none of its answers");
  client_close(client);
}

static void tick(struct source *source, uint32_t events) {
  (void)events;
  struct server *server = (struct server *)((char *)source - offsetof(struct server, timer));
  uint64_t now = now_ms();
  bool needed = server->starved;
  timer_taken(source);
  server_descriptor_freed(server); /* some other part of this process may have freed one */
  for (struct client *client = server->clients, *next; client; client = next) {
    next = client->next;
    if (client->deadline && client->deadline <= now)
      expire(client);
    else if (client->deadline)
      needed = true;
  }
  if (needed) return;
  server->timer_on = false;
  timer_set(source, 0, 0);
}

void server_init(struct server *server, int fd, int stall_seconds, const struct server_ops *ops) {
  *server = (struct server){.listener = {.ready = accept_ready, .fd = fd},
                            .ops = ops,
                            .stall_ms = (uint64_t)stall_seconds * 1000};
  server->active_end = &server->active;
  timer_init(&server->timer, tick);
  loop_add(&server->listener, EPOLLIN);
}

void server_take(struct server *server) {
  for (struct client *client = server->active; client; client = client->next_active)
    client_take_lines(client);
}

/* The list is taken off first: a client that needs another turn puts itself onto the next one. */
void server_flush(struct server *server) {
  struct client *client = server->active;
  server->active = NULL;
  server->active_end = &server->active;
  while (client) {
    struct client *next = client->next_active;
    client->active = false;
    client_flush(client);
    client = next;
  }
}

static void enter(struct server *server, int phase) {
  server->phase = phase;
  for (struct client *client = server->clients; client; client = client->next)
    client_activate(client);
}

/* Out of the loop, or it would go on waking a process that does not accept. */
void server_drain(struct server *server) {
  loop_remove(&server->listener);
  close(server->listener.fd);
  enter(server, DRAINING);
}

void server_end(struct server *server) {
  uint64_t deadline = now_ms() + END_MS;
  enter(server, ENDING);
  server_flush(server);
  for (uint64_t now; server->clients && (now = now_ms()) < deadline; server_flush(server))
    loop_turn((int)(deadline - now));
  while (server->clients) client_close(server->clients);
}
