/* The symbols of this orderd, and which orders it takes: those for the symbols that it has, and new
 * ones that are its own by native/shard_place.h. Whether another shard has a new symbol is the
 * gateway's to know, to which these answer:
 *
 *   SYMBOLS 26    SYMBOLS 1/4 28 ACME WIDG: shard 1 of 4 has 28 symbols, and these are those after
 *                 the first 26, or as many of them as an answer holds
 *
 * To a gateway an orderd that is no shard is the only one, 0/1.
 */
#ifndef ORDERD_SYMBOLS_H
#define ORDERD_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>

#include "../native/order.h"
#include "../native/server.h"
#include "../native/shard_place.h"

/* After store_open. */
void symbols_start(struct shard_place place);

/* Whether the order is taken, which makes its symbol one of this shard, and then whether it is the
 * first of it. If not, the client is told why. */
bool symbols_take(struct client *client, const struct order *order, bool *first);

/* False when the line does not ask for symbols; else it is answered. */
bool symbols_tell(struct client *client, const char *line, size_t length);

#endif
