/* The one orderd that feeds this positiond: its ring, and the connection that wakes each side. */
#ifndef POSITIOND_WRITER_H
#define POSITIOND_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "book.h"

/* The process id of the attached writer, or 0. A writer that is gone is noticed here at once. */
int writer_pid(struct book *book);

/* Makes the ring; false and errno when it can't. The connection `fd` is the writer's afterwards. */
bool writer_prepare(const struct book *book, uint64_t durable);
void writer_attach(struct book *book, int fd);

/* Applies a bounded number of waiting orders. A writer that breaks the rules is detached. Called
 * every turn; the turn waits for at most writer_timeout: while orders come the ring is looked at
 * every millisecond, so that orderd spends no system call on waking us, and then it is slept on. */
void writer_take(struct book *book);
int writer_timeout(void);

void writer_publish_durable(uint64_t durable);

/* Applies all that was published, then lets go of the ring. */
void writer_detach(struct book *book);

#endif
