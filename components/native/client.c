#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"
#include "server.h"

enum { DISCARD_SIZE = 65536 };

const char server_goodbye[] = "BYE stopping: what has no answer was not taken; connect again";

static size_t pending(const struct client *client) {
  return client->out_end - client->out_start;
}

static bool may_take(const struct client *client) {
  const struct server_ops *ops = client->server->ops;
  return !client->finishing && pending(client) < ANSWERS_HIGH &&
         (!ops->may_take || ops->may_take((struct client *)client));
}

static bool is_busy(struct client *client) {
  const struct server_ops *ops = client->server->ops;
  return ops->is_busy && ops->is_busy(client);
}

void client_activate(struct client *client) {
  struct server *server = client->server;
  if (client->active || client->dead) return;
  client->active = true;
  client->next_active = NULL;
  *server->active_end = client;
  server->active_end = &client->next_active;
}

static void unlink_client(struct client *client) {
  client->server->count--;
  if (client->next) client->next->previous = client->previous;
  if (client->previous)
    client->previous->next = client->next;
  else
    client->server->clients = client->next;
}

/* An active client is still on the turn's list, whose walk frees it. */
static void free_when_unused(struct client *client) {
  if (client->dead && !client->active) loop_free_later(client);
}

int client_detach(struct client *client) {
  int fd = client->source.fd;
  if (client->dead) return -1;
  loop_remove(&client->source);
  unlink_client(client);
  free(client->input);
  free(client->output);
  client->input = client->output = NULL;
  client->dead = true;
  if (client->server->ops->gone) client->server->ops->gone(client);
  free_when_unused(client);
  return fd;
}

void client_close(struct client *client) {
  struct server *server = client->server;
  int fd = client_detach(client);
  if (fd < 0) return;
  close(fd);
  server_descriptor_freed(server);
}

void client_finish(struct client *client) {
  client->finishing = true;
  client_activate(client);
}

static void discard(struct client *client) {
  static char nowhere[DISCARD_SIZE];
  ssize_t n = read(client->source.fd, nowhere, sizeof nowhere);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) client_close(client);
}

static void make_room(struct client *client) {
  if (!client->input) client->input = must_alloc(INPUT_SIZE);
  if (!client->in_start) return;
  memmove(client->input, client->input + client->in_start, client->in_end - client->in_start);
  client->in_end -= client->in_start;
  client->in_start = 0;
}

static void read_some(struct client *client) {
  make_room(client);
  size_t room = INPUT_SIZE - client->in_end;
  if (!room) return;
  ssize_t n = read(client->source.fd, client->input + client->in_end, room);
  if (n > 0) {
    client->in_end += (size_t)n;
    client->more = true;
  } else if (n == 0) {
    client->eof = true;
  } else if (errno != EAGAIN && errno != EINTR) {
    client_close(client);
  }
}

void client_ready(struct source *source, uint32_t events) {
  struct client *client = (struct client *)source;
  if (client->lingering) {
    discard(client);
    return;
  }
  if (events & EPOLLIN)
    read_some(client);
  else if (events & (EPOLLHUP | EPOLLERR))
    client_close(client);
  client_activate(client);
}

static void reject_long_line(struct client *client) {
  client_printf(client, "REJECT line too long: at most %d bytes", LINE_LIMIT);
  client->finishing = true;
  client->in_start = client->in_end;
}

static void take_line(struct client *client, char *line, char *end) {
  client->in_start = (size_t)(end - client->input) + 1;
  if (end - line > LINE_LIMIT) {
    reject_long_line(client);
    return;
  }
  if (end > line && end[-1] == '\r') end--;
  client->server->ops->line(client, line, (size_t)(end - line));
}

void client_take_lines(struct client *client) {
  int taken = 0;
  if (client->dead) return;
  while (client->more && taken < LINES_PER_TURN && may_take(client)) {
    char *line = client->input + client->in_start;
    size_t length = client->in_end - client->in_start;
    char *end = memchr(line, '\n', length);
    client->more = end != NULL && end + 1 < line + length;
    if (end)
      take_line(client, line, end);
    else if (length > LINE_LIMIT)
      reject_long_line(client);
    if (client->dead) return;
    taken++;
  }
}

static char *room_for_answer(struct client *client, size_t length) {
  size_t needed = client->out_end + length;
  if (needed > client->out_size) {
    size_t size = client->out_size ? client->out_size * 2 : 512;
    while (size < needed) size *= 2;
    char *output = realloc(client->output, size);
    if (!output) fail("out of memory: cannot hold %zu bytes of answers", size);
    client->output = output;
    client->out_size = size;
  }
  return client->output + client->out_end;
}

void client_answer(struct client *client, const char *text, size_t length) {
  if (client->dead) return;
  char *to = room_for_answer(client, length + 1);
  memcpy(to, text, length);
  to[length] = '\n';
  client->out_end += length + 1;
}

void client_printf(struct client *client, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  if (length >= (int)sizeof text) length = sizeof text - 1;
  client_answer(client, text, (size_t)length);
}

static void drop_output(struct client *client) {
  free(client->output);
  client->output = NULL;
  client->out_start = client->out_end = client->out_size = 0;
}

static void drop_input(struct client *client) {
  free(client->input);
  client->input = NULL;
  client->in_start = client->in_end = 0;
  client->more = false;
}

static void set_deadline(struct client *client, uint64_t ms) {
  client->deadline = now_ms() + ms;
  server_arm_timer(client->server);
}

/* False when the client is gone. */
static bool write_answers(struct client *client) {
  while (pending(client)) {
    ssize_t n =
        send(client->source.fd, client->output + client->out_start, pending(client), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) {
      if (!client->deadline) set_deadline(client, client->server->stall_ms);
      return true;
    }
    if (n < 0) {
      client_close(client);
      return false;
    }
    client->out_start += (size_t)n;
    client->deadline = 0;
  }
  if (client->output) drop_output(client);
  return true;
}

/* A close with unread bytes would reset the connection, and the client would lose its answer. */
static void start_lingering(struct client *client) {
  drop_input(client);
  client->lingering = true;
  shutdown(client->source.fd, SHUT_WR);
  set_deadline(client, LINGER_MS);
  loop_want(&client->source, EPOLLIN);
}

static bool is_done(struct client *client) {
  if (pending(client)) return false;
  if (is_busy(client) && client->server->phase != ENDING) return false;
  return client->finishing || (client->eof && !client->more);
}

static bool is_dismissed(struct client *client) {
  switch (client->server->phase) {
    case SERVING: return false;
    case DRAINING: return !is_busy(client) && !(client->more && may_take(client));
    case ENDING: return true;
  }
  return false;
}

static void say_goodbye(struct client *client) {
  client_answer(client, server_goodbye, strlen(server_goodbye));
  client->finishing = true;
}

static void choose_events(struct client *client) {
  bool room = client->in_end - client->in_start < INPUT_SIZE;
  bool in = !client->eof && !client->finishing && room && pending(client) < ANSWERS_HIGH &&
            client->server->phase == SERVING;
  bool out = pending(client);
  loop_want(&client->source, (in ? (uint32_t)EPOLLIN : 0) | (out ? (uint32_t)EPOLLOUT : 0));
}

void client_flush(struct client *client) {
  if (client->dead) {
    free_when_unused(client);
    return;
  }
  if (client->lingering) return;
  if (!client->finishing && is_dismissed(client)) say_goodbye(client);
  if (!write_answers(client)) return;
  if (is_done(client)) {
    if (client->eof)
      client_close(client);
    else
      start_lingering(client);
    return;
  }
  if (client->input && client->in_start == client->in_end) drop_input(client);
  choose_events(client);
  if (client->more && may_take(client)) client_activate(client);
}
