/* Streams from descriptors: what comes is sent to the program. */
#ifndef BAILIWICK_READS_H
#define BAILIWICK_READS_H

#include "../common/sys.h"

void stream_readable(uint32_t number);

/* For a process that has ended: takes note of what its streams hold, as far as there is credit
 * for it. */
void streams_measure(uint32_t owner);
/* Sends of that as much as may go now; whether all has gone. */
bool streams_drain(uint32_t owner);
void streams_disown(uint32_t owner); /* its number will be another's */

#endif
