/* The positions on disk: two copies, `state.0` and `state.1`, written in turn and never renamed.
 *
 * A copy is a header and the positions, under one checksum. The copy with the higher generation
 * that passes its checksum counts, so a crash in the middle of a write loses that write only.
 */
#ifndef POSITIOND_STATE_H
#define POSITIOND_STATE_H

#include <stdbool.h>

#include "book.h"

/* Opens the copies in the current directory, making them when there are none; fails the start when
 * they can't be used. */
void state_load(struct book *book);

/* True when `book` is on disk; else it says why on the log, and the older copy still counts. */
bool state_save(const struct book *book);

#endif
