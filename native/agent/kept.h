/* Outputs of kept services: streams from descriptors that go on being read when no program takes
 * them. */
#ifndef BAILIWICK_KEPT_H
#define BAILIWICK_KEPT_H

#include "../common/sys.h"
#include "../common/wire.h"

/* The streams of one that is to be kept: 0, or -EBADF when one is no stream from a descriptor. */
int64_t kept_outputs(uint32_t number, const struct kept_output *outputs, uint32_t count);

#endif
