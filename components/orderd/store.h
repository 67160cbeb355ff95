/* The database of orders: SQLite, WAL, synchronous=FULL, one owner.
 *
 *   meta(name, value)   `id`: 32 hexadecimal digits made with the database
 *                       `shard`, `stride`: the shard's index, and what is between the numbers of
 *                       two of its orders (native/shard_place.h); they never change
 *   orders(id, time, side, symbol, quantity, price)
 *                       id: 1, 2, 3 ... without gaps, from which native/shard_place.h makes the
 *                       number that its client knows; time: microseconds since 1970; side: BUY or
 *                       SELL; price: in 1/10,000s. Rows are never changed or deleted (triggers).
 *   symbols(symbol)     those of the orders
 *   positions           view: symbol, quantity = bought less sold
 *
 * The owner holds flock(2) on the database file itself, so others may read it at any time.
 */
#ifndef ORDERD_STORE_H
#define ORDERD_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "../native/order.h"
#include "../native/ring.h"
#include "../native/shard_place.h"

struct stored_order {
  uint64_t id;
  int64_t time;
  struct order order;
  bool first; /* of its symbol */
};

/* Fails unless it is the database of `place`, as database.h says. */
void store_open(const char *path, const struct shard_place *place);

/* What the owner needs besides (database_own): the last id, and room in the log. */
void store_load(const char *path);
void store_close(void); /* the next owner may have it */

const char *store_database_id(void);
uint64_t store_last_id(void); /* as found by store_load */
void store_symbols(void (*each)(const char symbol[16]));

/* One durable transaction. A failure ends the daemon: what is on disk is not known then. */
void store_write(const struct stored_order *orders, size_t count);

/* The orders after `after` as the ring carries them, at most `most`. */
size_t store_read(uint64_t after, struct ring_entry *entries, size_t most);

#endif
