/* Who runs the calls of a batch: a thread of an agent, or the program's own process. `context` is
 * the owner's. */
#ifndef BAILIWICK_EXECUTOR_H
#define BAILIWICK_EXECUTOR_H

#include "sys.h"

struct executor {
  void *context;
  /* Runs one system call, or refuses it. */
  int64_t (*call)(struct executor *, uint32_t nr, const int64_t *arguments);
  /* What only an agent can do: PSEUDO_STREAM, PSEUDO_HOLD and PSEUDO_TAKE. */
  int64_t (*ask)(struct executor *, uint32_t nr, const int64_t *arguments);
  /* Whether this batch is to be interrupted; true once for each request. */
  bool (*interrupted)(struct executor *);
};

#endif
