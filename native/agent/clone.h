/* Making threads; each runs `run` with its slot. The result is the pid of the new one, or -errno.
 */
#ifndef BAILIWICK_CLONE_H
#define BAILIWICK_CLONE_H

#include "slots.h"

int64_t clone_first(uint32_t slot, void (*run)(struct slot *)); /* from the agent itself */
int64_t clone_thread(uint32_t slot);                            /* from another thread */

#endif
