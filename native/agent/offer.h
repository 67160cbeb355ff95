/* How a stream comes to the resident agent: the process that was sent passes its standard input and
 * its standard output, a message each. It is answered by a byte 0 when they were taken, or by text
 * why not. Then it waits until the socket ends, and so lives as long as its stream. Or it passes an
 * image of the agent, which the resident executes in place; it is answered by that, in the same way.
 * These messages are the same in all versions. */
#ifndef BAILIWICK_OFFER_H
#define BAILIWICK_OFFER_H

#include <stdint.h>

#define OFFER_MAGIC 0x4b495753u

enum offer_kind { OFFER_INPUT = 1, OFFER_OUTPUT, OFFER_IMAGE };

struct offer { /* a descriptor comes with it */
  uint32_t magic;
  uint32_t kind;
};

#endif
