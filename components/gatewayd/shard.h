/* The shards: orderds that gatewayd keeps one connection to each, with many orders in flight.
 *
 * A slot is one order's place in the answers: of its shard, whose answers come in order, and of its
 * client. While it is in a shard's queue the shard owns it; `shard_answered` gives it back.
 */
#ifndef GATEWAYD_SHARD_H
#define GATEWAYD_SHARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct slot {
  struct slot *next_of_shard;
  struct slot *next_of_client;
  void *client;     /* NULL when it is gone */
  uint64_t end;     /* the place (queue.h) where the order ends */
  uint64_t sent_ms; /* when it was put into the queue */
  char *text;       /* an answer that waits for those before it; NULL: none yet */
  size_t length;
};

/* Called for every slot that was sent, with the shard's answer or with what happened instead. */
void shard_answered(struct slot *slot, const char *text, size_t length);

/* `HOST:PORT`, HOST an IPv4 address or an IPv6 address in brackets; the first added is shard 0. */
void shard_add(const char *address);
size_t shard_count(void);

/* Tries each shard once, of which the first `of_new` take new symbols, then goes on trying those that are down, in the background. */
void shards_start(unsigned of_new);

/* Queues a line for the shard of `symbol`. False when that shard is down, or not known yet: `why`
 * says so. */
bool shard_send(struct slot *slot, const char symbol[16], const char *line, size_t length,
                char *why, size_t why_size);
void shards_flush(void);
size_t shards_in_flight(void);
void shards_stop(void);

#endif
