/* Clients that send lines and read lines, over an inherited listening socket.
 *
 * One turn of a daemon is: loop_turn (bytes are read), server_take (lines are handled, answers are
 * buffered), whatever makes those answers true, server_flush (answers are written).
 *
 * What no client can do, whatever it sends or does not read:
 * - take more than LINES_PER_TURN lines of a turn, so that a flood is fair;
 * - send a line longer than LINE_LIMIT: it is rejected, and the connection closed;
 * - make its answers pile up: above ANSWERS_HIGH nothing more is read from it, and when it then
 *   takes nothing for the stall time, it is closed;
 * - cost anything by being silent: buffers exist only while there is something in them.
 * When descriptors run out the listener rests until one is free; waiting clients stay in the
 * kernel's queue.
 *
 * The end (server_drain, server_end): the lines that were read are answered; then each client gets
 * the line server_goodbye and the end of the stream, what it sends is read and dropped until it
 * closes, for at most END_MS, since a close before that would reset the connection and could destroy
 * answers. So to a client an order without an answer before the goodbye was not taken and can be sent
 * again; one on a connection that ends without goodbye may have been taken or not.
 * The listening socket is shared with the next instance: it leaves the loop and nothing else happens
 * to it. Clients that were not accepted stay in its queue.
 */
#ifndef BAILIWICK_SERVER_H
#define BAILIWICK_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loop.h"

enum {
  LINE_LIMIT = 1024,
  LINES_PER_TURN = 64,
  INPUT_SIZE = 4096,
  ANSWERS_HIGH = 16384,
  STALL_SECONDS = 10,
  LINGER_MS = 2000, /* for a client to read why it was closed */
  END_MS = 1000,    /* for all clients to take their last answers and close */
};

struct server;

struct client {
  struct source source;
  struct server *server;
  struct client *next, *previous; /* all clients */
  struct client *next_active;     /* those that this turn looks at */
  char *input;                    /* INPUT_SIZE bytes, or NULL while empty */
  char *output;                   /* or NULL while empty */
  size_t in_start, in_end;
  size_t out_start, out_end, out_size;
  uint64_t deadline; /* of a stall or of lingering; 0: none */
  bool active;
  bool more;      /* there may be a whole line in `input` */
  bool eof;       /* the client will send nothing more */
  bool finishing; /* no more lines are taken; closed once the answers are out */
  bool lingering; /* answers are out, waiting for the client to close */
  bool dead;      /* closed; freed at the end of a turn */
};

struct server_ops {
  size_t client_size; /* sizeof a struct that begins with struct client */
  void (*line)(struct client *client, char *line, size_t length);
  bool (*may_take)(struct client *client); /* optional: room for one more request? */
  bool (*is_busy)(struct client *client);  /* optional: answers still to come? */
  void (*gone)(struct client *client);     /* optional: closed; memory lives to the turn's end */
};

struct server {
  struct source listener;
  struct source timer;
  const struct server_ops *ops;
  struct client *clients;
  size_t count; /* of clients */
  struct client *active;
  struct client **active_end;
  uint64_t stall_ms;
  uint64_t starved_log; /* when the lack of descriptors was last told */
  bool starved;
  bool timer_on;
  enum { SERVING, DRAINING, ENDING } phase;
};

/* `fd` listens and does not block; it becomes the server's. */
void server_init(struct server *server, int fd, int stall_seconds, const struct server_ops *ops);
void server_take(struct server *server);
void server_flush(struct server *server);

/* No more clients and no more bytes. Turns go on while there are answers to be found: server_take
 * takes the lines that were read, and each client is told goodbye when it has its answers. */
void server_drain(struct server *server);
/* Nothing is taken any more; returns when all clients are gone. */
void server_end(struct server *server);

/* `BYE` and why, which nobody asked for with QUIT. */
extern const char server_goodbye[];

/* A client's turn comes without waiting for an event: the loop must not block. */
static inline bool server_has_work(const struct server *server) {
  return server->active;
}

/* Puts one line and its end into the answers. */
void client_answer(struct client *client, const char *text, size_t length);
void client_printf(struct client *client, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

void client_activate(struct client *client); /* look at it in the next turn */
void client_finish(struct client *client);   /* close it when its answers are out */
int client_detach(struct client *client);    /* gives up its descriptor; the client is gone */
void client_close(struct client *client);

/* Shared by the two halves, client.c and server.c. */
void client_take_lines(struct client *client);
void client_flush(struct client *client);
void client_ready(struct source *source, uint32_t events);
void server_arm_timer(struct server *server);
void server_descriptor_freed(struct server *server);

#endif
