/* How a stream comes to the resident agent: the process that was sent passes its standard input and
 * its standard output, a message each. It is answered by a byte 0 when they were taken, or by text
 * why not. Then it waits until the socket ends, and so lives as long as its stream. */
#ifndef BAILIWICK_OFFER_H
#define BAILIWICK_OFFER_H

#include <stdint.h>

#define OFFER_MAGIC 0x4b495753u

enum offer_kind { OFFER_INPUT = 1, OFFER_OUTPUT };

struct offer { /* a descriptor comes with it */
  uint32_t magic;
  uint32_t kind;
};

#endif
