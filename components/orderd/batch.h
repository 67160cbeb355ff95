/* Group commit. Orders and the clients that wait for them collect in one batch while the batch
 * before it is written; a batch is one transaction, and its clients are released when it is durable.
 *
 * A batch of few clients is written at once: handing it to the other thread would cost more than it
 * saves. Only one thread uses the writing connection of the store at any time.
 */
#ifndef ORDERD_BATCH_H
#define ORDERD_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "../native/server.h"
#include "store.h"

void batch_start(uint64_t next_id);
bool batch_has_room(void);

/* The id that the order gets; `client` is held until it is durable. */
uint64_t batch_add(struct client *client, const struct order *order);

/* Starts writing what has collected, unless a batch is being written. */
void batch_commit(void);

/* Writes all and waits for it; the number of the next order. */
uint64_t batch_stop(void);

#endif
