/* Streams of bytes between the program and descriptors that threads gave to the agent: which there
 * are. reads.h and writes.h move their bytes. */
#ifndef BAILIWICK_STREAMS_H
#define BAILIWICK_STREAMS_H

#include "../common/sys.h"

/* The descriptor is the stream's from here on; -1 for one that did not arrive. `owner` is the
 * number of the process that opened it. */
void stream_open(uint32_t number, int fd, uint32_t direction, uint32_t credit, uint32_t owner);
bool stream_is_open(uint32_t number);
void stream_grant(uint32_t number, uint32_t credit);
void stream_close(uint32_t number);

/* Closes all; the program is gone, and no END is said. What is kept goes on being read. */
void streams_detach(void);

/* A stream of a kept output has in place of the descriptor, which is the output's, one of its own
 * that can always be read from: `ready`. */
bool stream_can_be_kept(uint32_t number);
uint64_t stream_passed(uint32_t number); /* bytes that went to the program */
void stream_keep(uint32_t number, uint32_t kept, int ready, uint32_t owner);
void stream_open_kept(uint32_t number, uint32_t kept, int ready, uint32_t credit, uint32_t owner);

#endif
