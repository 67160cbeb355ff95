/* What is left of the trees of processes that have ended. */
#ifndef BAILIWICK_SWEEP_H
#define BAILIWICK_SWEEP_H

#include "../common/sys.h"

/* Looks once at every orphan that fell to the agent, and kills those of a process that has ended;
 * such a process is `sweeping` and has them in its count. How many children there are. */
uint32_t sweep(void);
/* An orphan is about to be reaped; whether SIGKILL had ended it. */
void sweep_reaps(int32_t pid, bool was_forced);

#endif
