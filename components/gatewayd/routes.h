/* To which shard an order goes: to the one that has its symbol, else to the one that new symbols go
 * to (native/shard_place.h).
 *
 * A symbol is known to be new when each shard has told its symbols and was, when it last did so, one
 * of as many as this gateway knows of. From then on a shard gets no symbol that another one has,
 * since it takes new ones by the same rule.
 * docs/example.md has why no symbol gets to two shards, also while their number changes.
 */
#ifndef GATEWAYD_ROUTES_H
#define GATEWAYD_ROUTES_H

#include <stdbool.h>
#include <stddef.h>

/* Of `shards`, the first `count` take new symbols. */
void routes_init(unsigned shards, unsigned count);

/* Takes an answer to SYMBOLS (orderd/symbols.h), and cuts it to pieces. `known` is how many symbols
 * the shard has told on this connection; `done` is set when those are all. False: `why` says what is
 * wrong with it. */
bool routes_learn(unsigned shard, char *line, size_t *known, bool *done, char *why,
                  size_t why_size);

/* The shard for an order, or, when `unsure`, one that may have its symbol and has not told. */
unsigned routes_find(const char symbol[16], bool *unsure);

/* Of how many shards that take new symbols it last said that it is one; 0: it never told. */
unsigned routes_told_count(unsigned shard);

#endif
