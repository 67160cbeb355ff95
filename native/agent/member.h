/* A thread's own view of itself, on its stack, and how it runs the calls of a batch. */
#ifndef BAILIWICK_MEMBER_H
#define BAILIWICK_MEMBER_H

#include "../common/executor.h"

struct member {
  uint32_t slot;
  int control;
  uint32_t entry; /* the batch that runs */
};

struct executor member_executor(struct member *member);
bool member_take_interrupt(struct member *member);
void member_finish_interrupt(struct member *member);

#endif
