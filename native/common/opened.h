/* The descriptors that the calls of one batch have opened, so that a batch that fails leaves none
 * behind. What the batch itself closed, or put another descriptor over, is not closed again. */
#ifndef BAILIWICK_OPENED_H
#define BAILIWICK_OPENED_H

#include "sys.h"
#include "wire.h"

struct opened {
  uint32_t count;
  int32_t fds[2 * WIRE_MAX_CALLS];
};

/* What a call that has returned `result` opened and closed; `pair` is where it stored two
 * descriptors. */
void opened_note(struct opened *opened, const struct call *call, const int64_t *arguments,
                 int64_t result, const uint8_t *pair);

#endif
