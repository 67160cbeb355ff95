/* Frames from the program: which there are, how long they may be, where their bodies go and what
 * is done with them. A returned text is a rule that the program has broken. */
#ifndef BAILIWICK_FRAMES_H
#define BAILIWICK_FRAMES_H

#include "../common/sys.h"
#include "../common/wire.h"
#include "calls.h"

#define FRAME_HEAD (sizeof(struct frame) + sizeof(struct batch))

struct intake { /* of one frame */
  struct frame frame;
  struct batch head; /* CALL: the start of its body */
  struct call_place call;
  struct attach attach;
};

const char *frame_check(const struct frame *frame);
/* How many bytes are looked at before the body is placed: of a CALL, also the header of the
 * batch. */
uint32_t frame_head(const struct frame *frame);
const char *frame_begin(struct intake *intake);
/* The next bytes of the body; NULL when they are skipped, or handed on by frame_pass. */
uint8_t *frame_place(struct intake *intake, uint32_t done);
void frame_pass(const struct intake *intake, const uint8_t *bytes, uint32_t length);
const char *frame_end(struct intake *intake);

void frames_open(void (*read_input)(void)); /* reads what the program has sent by now */

#endif
