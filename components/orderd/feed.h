/* What positiond gets: every committed order, in order of id, once.
 *
 * Orders that were just committed go straight into the ring when positiond has all before them;
 * otherwise (the ring is full, positiond was away, orderd has just started) they are read back from
 * the database in chunks until it has caught up. So positiond never holds orders up: while it
 * is away they are stored and acknowledged all the same, and its positions follow when it is back.
 */
#ifndef ORDERD_FEED_H
#define ORDERD_FEED_H

#include <stdbool.h>
#include <stdint.h>

#include "store.h"

/* Enters the workdir `dir` of positiond; fails the start when it can't. */
void feed_open(const char *dir);

/* Attaches to that positiond; `must`: fails the start when it can't. Else goes on trying. */
void feed_start(bool must);

/* These orders are committed now. */
void feed_committed(const struct stored_order *orders, size_t count);

/* One step of catching up; feed_has_work says whether another should follow at once. */
void feed_step(void);
bool feed_has_work(void);

void feed_stop(void);

#endif
