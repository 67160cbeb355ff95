/* Frames for threads: calls and clones. A returned text is a rule that the program has broken;
 * what makes no sense is answered. */
#ifndef BAILIWICK_CALLS_H
#define BAILIWICK_CALLS_H

#include "../common/sys.h"
#include "../common/wire.h"

/* Where the body of a CALL goes while it arrives. */
struct call_place {
  uint32_t slot; /* SLOT_NONE: there is nobody to run it */
  uint32_t room;
  uint8_t *start;
  const char *refused; /* why it will not run, whatever its body is */
};

/* `head` is the start of the body; nothing of it when the body is shorter than that. */
const char *call_begin(const struct frame *frame, const struct batch *head,
                       struct call_place *place);
/* Whether its thread is still there to run it. */
bool call_is_awaited(const struct call_place *place);
void call_end(const struct frame *frame, const struct call_place *place);

const char *clone_request(const struct frame *frame, const struct clone_request *request);

#endif
