/* Slots: the memory that a thread shares with the agent, in one mapping, also when a thread had
 * to be forked. Everything that agent and thread both look at is in here and in claims.h, and
 * nowhere else. */
#ifndef BAILIWICK_SLOTS_H
#define BAILIWICK_SLOTS_H

#include "../common/sys.h"
#include "../common/wire.h"

#define SLOTS 1024 /* at the most, and the first is never used: zeroed memory means no slot */
#define SLOT_NONE 0u
#define SLOT_AREA WIRE_MAX_CALL
#define SLOT_CONTROL_FD 100 /* descriptors of threads' own control sockets are at least this */

enum interrupt_state {  /* of one batch; only a compare-and-swap takes it out of the first two */
  INTERRUPT_NONE = 0,
  INTERRUPT_WANTED,  /* the thread may take it */
  INTERRUPT_SENDING, /* the agent is in kill(2): the thread waits for it to end */
  INTERRUPT_DONE,    /* taken, or the batch has ended: no signal is sent any more */
};

struct slot {
  int32_t pid;        /* stored by the kernel before the thread runs; 0 before */
  int32_t parted;     /* pid of the go-between when the thread was made by two forks */
  uint32_t adopted;   /* futex: the agent is this process's parent now */
  uint32_t started;   /* batches that were begun */
  uint32_t executing; /* inside execve(2): the end of the control socket means success */
  uint32_t claiming;  /* 1 and the number of a stream whose descriptor is on its way; 0: none */
  int32_t control;    /* of the new thread: its end of the control socket */
  int32_t inherited;  /* of the new thread: the cloner's control socket, -1 for thread 1 */
  uint64_t flags;     /* of the clone */
  uint32_t interrupts[WIRE_MAX_QUEUE];
};

uint32_t slots_map(void); /* makes the mapping; how many there are, 0 on failure */
struct slot *slot_at(uint32_t index);
uint32_t slot_index(const struct slot *slot);
uint8_t *slot_area(uint32_t index);            /* SLOT_AREA bytes for batches */
void *slot_stack(uint32_t index);              /* its end, for the thread */
void *slot_go_between_stack(uint32_t index);   /* its end, for the first of two forks */
void slot_prepare(uint32_t index);             /* before a clone */
void slot_trim(uint32_t index, uint32_t used); /* gives memory back, when much was used */
void slots_trim(void);                         /* gives all of it back, when no thread is left */

#endif
