/* Threads as the agent sees them: processes that have not executed a program yet. */
#ifndef BAILIWICK_THREADS_H
#define BAILIWICK_THREADS_H

#include "loop.h"
#include "slots.h"

struct entry { /* an unanswered CALL or CLONE */
  uint32_t seq;
  uint32_t offset, length; /* CALL: body and room, in the slot's area; CLONE: length 0 */
  uint16_t child;          /* CLONE: the slot; see thread_child */
  bool interrupting;
};

struct thread {
  struct source source; /* its control socket, the agent's end; fd 0 when the slot is free */
  uint32_t number;
  uint32_t head, count; /* of the queue */
  uint32_t waiting;     /* bytes of unanswered CALL frames and their rooms */
  uint32_t top;         /* of the area, as far as it was used */
  uint32_t begun;       /* CALL entries that left the queue */
  uint32_t interrupts;  /* entries that are to be interrupted */
  uint32_t reply, reply_length; /* HOLDING: in the area */
  uint16_t next_holding;
  uint16_t cloner; /* while it is being made: the slot of the thread that makes it */
  uint16_t cloner_entry;
  bool being_made;
  bool hung_up;
  bool holding;   /* a large reply that the program does not let come yet */
  bool receiving; /* the body of a CALL */
  struct entry queue[WIRE_MAX_QUEUE];
};

/* `ready` is called when a thread has said something. */
void threads_open(uint32_t slots, void (*ready)(uint32_t slot));
const char *threads_first(void (*run)(struct slot *)); /* makes thread 1; there is no other */
struct thread *thread_at(uint32_t slot);
uint32_t thread_take_slot(void); /* or SLOT_NONE */
uint32_t thread_push(uint32_t slot, struct entry entry); /* its index */
void thread_pop(uint32_t slot);                          /* the head */
void thread_unpush(uint32_t slot);                       /* the tail */
uint32_t thread_child(uint32_t slot, uint32_t entry); /* its new thread, while that has a slot */
/* Whether it exists by now. The program is told by CLONED, when its cloner says that it is done,
 * so that what is answered has left the cloner's queue. */
bool thread_settle(uint32_t slot);
void thread_settle_pid(int32_t pid);
void thread_cloned(uint32_t slot, int64_t result); /* sends CLONED */
void thread_gone(uint32_t slot, bool executed);    /* answers all, gives the slot back */

extern uint32_t interrupts_wanted;

#endif
