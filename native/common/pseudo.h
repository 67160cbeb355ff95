/* The pseudo calls that need no agent. Interrupted, they return what was done so far, or -EINTR. */
#ifndef BAILIWICK_PSEUDO_H
#define BAILIWICK_PSEUDO_H

#include "executor.h"

int64_t pseudo_call(struct executor *executor, uint32_t nr, const int64_t *arguments);

#endif
