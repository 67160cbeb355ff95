/* What the agent and a thread say over the thread's control socket. */
#ifndef BAILIWICK_ORDERS_H
#define BAILIWICK_ORDERS_H

#include <stdint.h>

enum order_kind { ORDER_CALL = 1, ORDER_CLONE };
struct order {
  uint32_t kind;
  uint32_t entry;  /* of the thread's queue */
  uint32_t offset; /* CALL: in the slot's area */
  uint32_t child;  /* CLONE: the slot of the new thread; its control socket comes with the order */
};

enum notice_kind { NOTICE_REPLY = 1, NOTICE_CLONED, NOTICE_STREAM };
struct notice {
  uint32_t kind;
  uint32_t offset; /* REPLY: in the slot's area */
  uint32_t length;
  uint32_t stream; /* STREAM: number; the descriptor comes with the notice */
  uint32_t direction;
  uint32_t credit;
  int64_t result; /* CLONED */
};

#endif
