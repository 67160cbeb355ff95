/* One stream, for those who move its bytes. */
#ifndef BAILIWICK_STREAM_H
#define BAILIWICK_STREAM_H

#include "../common/wire.h"
#include "bulk.h"
#include "loop.h"

#define STREAM_GRANTED (1u << 20)

struct stream {
  struct source source;
  uint32_t owner;
  uint32_t next, previous; /* 1 and the number of another stream of the same owner */
  uint32_t credit;
  uint32_t owed; /* credit that is not sent yet */
  uint32_t due;  /* bytes that its owner wrote, and that go before the news of its end */
  uint32_t head, tail;
  uint8_t *pending; /* STREAM_GRANTED bytes, or NULL */
  bool open, to_fd, closing;
  uint32_t kept; /* 1 and the kept output that it is of: `source` is then always ready */
  uint64_t passed; /* bytes that went to the program */
  struct bulk bulk;
};

struct stream *stream_at(uint32_t number);

/* The streams of a process: 1 and the number of the first, or 0. */
uint32_t stream_first(uint32_t owner);
void stream_own(uint32_t number, uint32_t owner);
void stream_disown(uint32_t number);

/* It is waited for when there is something to do; false when it had to end. */
bool stream_watch(uint32_t number);
void stream_forget_pending(struct stream *stream);
void stream_let_go(uint32_t number); /* its end, of which nothing is said */
void stream_end(uint32_t number, long error); /* END */

#endif
