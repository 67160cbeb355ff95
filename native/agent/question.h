/* What a thread asks of the agent, and waits for: PSEUDO_HOLD and PSEUDO_TAKE. */
#ifndef BAILIWICK_QUESTION_H
#define BAILIWICK_QUESTION_H

#include "../common/sys.h"

/* `control` is the thread's own end. It waits for the agent alone, so no interruption ends that. */
int64_t question_ask(int control, uint32_t nr, const int64_t *arguments);

#endif
