/* What the agent and a thread say over the thread's control socket. */
#ifndef BAILIWICK_ORDERS_H
#define BAILIWICK_ORDERS_H

#include "../common/wire.h"

enum order_kind { ORDER_CALL = 1, ORDER_CLONE };
struct order {
  uint32_t kind;
  uint32_t entry;  /* of the thread's queue */
  uint32_t offset; /* CALL: in the slot's area */
  uint32_t child;  /* CLONE: the slot of the new thread; its control socket comes with the order */
};

enum notice_kind { NOTICE_REPLY = 1, NOTICE_CLONED, NOTICE_STREAM, NOTICE_ASK };
struct notice {
  uint32_t kind;
  uint32_t offset; /* REPLY: in the slot's area */
  uint32_t length;
  uint32_t stream; /* STREAM: number; the descriptor comes with the notice */
  uint32_t direction;
  uint32_t credit;
  int64_t result; /* CLONED */
};

/* About held descriptors a thread asks over a socket of its own, so that the answer cannot come
 * behind other orders: its far end, in which the question lies already, comes with NOTICE_ASK. The
 * answer is an int64_t. A descriptor comes with the question of HOLD, and with the answer to TAKE.
 */
struct question {
  uint32_t nr; /* PSEUDO_HOLD or PSEUDO_TAKE */
  uint32_t name_length;
  uint32_t note_length;
  uint8_t text[WIRE_MAX_NAME + WIRE_MAX_NOTE]; /* the name, and what it needs of this, the note */
};

#endif
