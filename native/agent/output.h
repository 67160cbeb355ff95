/* Bytes to the caller: one buffer, in which frames are built in place and never interleave.
 * Nothing here waits. Who makes frames of what is unbounded (what streams and threads say, news
 * of processes, what stands) asks first whether the buffer is full; answers to the program itself
 * come before its input is left unread, which is when the buffer is overfull. So there is always
 * room for one frame more. */
#ifndef BAILIWICK_OUTPUT_H
#define BAILIWICK_OUTPUT_H

#include "../common/sys.h"
#include "../common/wire.h"

long output_open(int fd); /* which is the caller's from here on; -1: what is said is lost */
void output_close(void);
uint8_t *output_begin(uint32_t room); /* of one frame's body */
void output_end(uint8_t type, uint32_t id, uint32_t seq, uint32_t length); /* of the room */
/* A DATA frame whose body is what comes next out of a pipe of the agent's own. Nothing is
 * pending. */
void output_pipe(uint32_t stream, uint32_t length, int pipe);
void output_write(void); /* what the program's stream takes now */
/* Waits a second at most until all is written; for the end. */
void output_finish(void);

bool output_idle(void);     /* nothing is pending */
bool output_full(void);     /* no more than a frame should be added */
bool output_overfull(void); /* nothing that the program asks for should be answered */
bool output_broken(void);   /* the program reads no more; what is said is lost */
uint64_t output_written(void); /* bytes in all */

#endif
