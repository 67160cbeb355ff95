/* The one epoll loop of a daemon. A source is a descriptor and what to do when it is ready.
 *
 * Ownership: the loop keeps a pointer to a source from loop_add to loop_remove, and may still hold
 * it in the events of the current turn; so memory of a removed source is freed by loop_free_later.
 */
#ifndef BAILIWICK_LOOP_H
#define BAILIWICK_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

struct source {
  void (*ready)(struct source *source, uint32_t events);
  int fd;
  uint32_t events; /* those asked for; kept by the loop */
  bool added;
};

void loop_init(void);
void loop_add(struct source *source, uint32_t events);
bool loop_try_add(struct source *source, uint32_t events); /* false and errno when it cannot */
void loop_want(struct source *source, uint32_t events);    /* no system call when unchanged */
void loop_remove(struct source *source);                   /* the descriptor stays open */
void loop_free_later(void *memory);                        /* free(3) at the end of this turn */

/* Waits (timeout as in epoll_wait(2)), then runs every ready source once. */
void loop_turn(int timeout_ms);

/* A timer is a source over a timerfd: first after `first_ms` (0 disarms), then each `every_ms`. */
void timer_init(struct source *source, void (*ready)(struct source *, uint32_t));
void timer_set(struct source *source, unsigned first_ms, unsigned every_ms);
void timer_taken(struct source *source); /* called first in its ready function */

#endif
