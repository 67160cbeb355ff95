/* Each type has a row. A frame takes effect when its last byte is there. */
#include "frames.h"

#include "alive.h"
#include "ends.h"
#include "held.h"
#include "host.h"
#include "interrupts.h"
#include "keep.h"
#include "processes.h"
#include "say.h"
#include "session.h"
#include "settings.h"
#include "stops.h"
#include "streams.h"
#include "window.h"
#include "writes.h"

typedef const char *(*handler)(const struct frame *frame, const uint8_t *body);

struct rule {
  uint32_t least, most; /* length of the body */
  bool has_seq;
  handler take;
};

/* A body of the program in charge, but that of a CALL or a WRITE. */
static uint8_t whole[WIRE_MAX_BODY] __attribute__((aligned(16)));
static void (*read_input)(void);

void frames_open(void (*read)(void)) {
  read_input = read;
}

/* ---- what is done ---- */

static uint32_t word_of(const uint8_t *body) {
  uint32_t word;
  memcpy(&word, body, sizeof word);
  return word;
}

static const char *attach(const struct frame *frame, const uint8_t *body) {
  return session_attach(frame->seq, (const struct attach *)(const void *)body);
}

static const char *look(const struct frame *frame, const uint8_t *body) {
  (void)body;
  if (host_is_looking())
    say_result(0, frame->seq, -EBUSY);
  else
    host_look(frame->seq);
  return NULL;
}

static const char *send_signal(const struct frame *frame, const uint8_t *body) {
  struct signal_request request;
  memcpy(&request, body, sizeof request);
  say_result(frame->id, frame->seq, host_signal(frame->id, &request));
  return NULL;
}

static const char *acknowledge(const struct frame *frame, const uint8_t *body) {
  (void)body;
  ends_acknowledge(frame->seq);
  return NULL;
}

static const char *down(const struct frame *frame, const uint8_t *body) {
  (void)frame, (void)body;
  session_end_all();
  return NULL;
}

static const char *clone(const struct frame *frame, const uint8_t *body) {
  struct clone_request request;
  memcpy(&request, body, sizeof request);
  return clone_request(frame, &request);
}

static const char *interrupt(const struct frame *frame, const uint8_t *body) {
  (void)body;
  interrupt_request(frame->id, frame->seq);
  return NULL;
}

static const char *stop(const struct frame *frame, const uint8_t *body) {
  stop_request(frame->seq, body, frame->length);
  return NULL;
}

static const char *note(const struct frame *frame, const uint8_t *body) {
  process_note(frame->id, body, frame->length);
  return NULL;
}

static const char *grant(const struct frame *frame, const uint8_t *body) {
  stream_grant(frame->id, word_of(body));
  return NULL;
}

static const char *close(const struct frame *frame, const uint8_t *body) {
  (void)body;
  stream_close(frame->id);
  return NULL;
}

static const char *alive(const struct frame *frame, const uint8_t *body) {
  (void)frame;
  alive_within(word_of(body), read_input);
  return NULL;
}

static const char *window(const struct frame *frame, const uint8_t *body) {
  uint64_t total;
  (void)frame;
  memcpy(&total, body, sizeof total);
  window_set(total);
  return NULL;
}

/* KEEP and what follows it, where the agent ends with its program. */
static const char *refuse_to_stand(const struct frame *frame, const uint8_t *body) {
  (void)body;
  say_result(frame->id, frame->seq, -EOPNOTSUPP);
  return NULL;
}

static const char *release(const struct frame *frame, const uint8_t *body) {
  if (!settings.system) return refuse_to_stand(frame, body);
  say_result(0, frame->seq, held_release(body, frame->length));
  return NULL;
}

static const char *output(const struct frame *frame, const uint8_t *body) {
  struct output_request request;
  if (!settings.system) return refuse_to_stand(frame, body);
  memcpy(&request, body, sizeof request);
  say_result(frame->id, frame->seq, keep_request(frame->id, &request));
  return NULL;
}

static const char *keep(const struct frame *frame, const uint8_t *body) {
  if (!settings.system) return refuse_to_stand(frame, body);
  say_result(frame->id, frame->seq, host_keep(frame->id, body, frame->length));
  return NULL;
}

#define EXACTLY(type) sizeof(type), sizeof(type)
#define NOTHING 0, 0

static const struct rule rules[] = {
    [FRAME_ATTACH] = {EXACTLY(struct attach), true, attach},
    [FRAME_LOOK] = {NOTHING, true, look},
    [FRAME_SIGNAL] = {EXACTLY(struct signal_request), true, send_signal},
    [FRAME_ACK] = {NOTHING, true, acknowledge},
    [FRAME_DOWN] = {NOTHING, false, down},
    [FRAME_CLONE] = {EXACTLY(struct clone_request), true, clone},
    [FRAME_CALL] = {0, WIRE_MAX_CALL, true, NULL},
    [FRAME_INTERRUPT] = {NOTHING, true, interrupt},
    [FRAME_STOP] = {sizeof(struct stop_entry), WIRE_MAX_BODY, true, stop},
    [FRAME_NOTE] = {0, WIRE_MAX_NOTE, false, note},
    [FRAME_WRITE] = {0, WIRE_MAX_BODY, false, NULL},
    [FRAME_GRANT] = {EXACTLY(uint32_t), false, grant},
    [FRAME_CLOSE] = {NOTHING, false, close},
    [FRAME_ALIVE] = {EXACTLY(uint32_t), false, alive},
    [FRAME_WINDOW] = {EXACTLY(uint64_t), false, window},
    [FRAME_KEEP] = {sizeof(struct keep),
                    sizeof(struct keep) + WIRE_MAX_OUTPUTS * sizeof(struct kept_output), true, keep},
    [FRAME_RELEASE] = {1, WIRE_MAX_NAME, true, release},
    [FRAME_OUTPUT] = {EXACTLY(struct output_request), true, output},
};

/* ---- which may come ---- */

/* Bodies that are lists. */
static bool has_part_of_an_entry(const struct frame *frame) {
  if (frame->type == FRAME_STOP) return frame->length % sizeof(struct stop_entry);
  return frame->type == FRAME_KEEP && frame->length % sizeof(struct kept_output);
}

static const char *check_length(const struct frame *frame, const struct rule *rule) {
  if (frame->length > WIRE_MAX_BODY && frame->length > rule->most)
    return "frame longer than any may be";
  bool odd = has_part_of_an_entry(frame);
  if (frame->length < rule->least || frame->length > rule->most || odd)
    return "frame whose length its type does not have";
  return NULL;
}

static const char *check_header(const struct frame *frame) {
  if (frame->type >= sizeof rules / sizeof *rules) return "frame of unknown type";
  const struct rule *rule = &rules[frame->type];
  if (!rule->most && !rule->take) return "frame of unknown type";
  if (frame->zero[0] | frame->zero[1] | frame->zero[2]) return "frame with reserved bytes set";
  if (frame->id >= WIRE_NUMBERS) return "frame for a number out of range";
  if (frame->seq && !rule->has_seq)
    return "frame with a sequence number that its type does not have";
  return check_length(frame, rule);
}

/* Who only looks is refused what can be answered, and cut off at the rest. */
static const char *check_session(const struct frame *frame) {
  bool can_be_refused = frame->type == FRAME_SIGNAL || frame->type == FRAME_STOP ||
                        frame->type >= FRAME_KEEP;
  switch (session_state()) {
    case SESSION_NEW:
      return frame->type == FRAME_ATTACH ? NULL : "frame before the program has attached";
    case SESSION_REFUSED:
      return "frame of a program that was refused";
    case SESSION_LOOKS:
      if (frame->type == FRAME_LOOK || can_be_refused) return NULL;
      return "frame of a program that may only look";
    case SESSION_WAITS:
    case SESSION_ATTACHED:
      break;
  }
  return NULL;
}

/* ---- bodies ---- */

uint32_t frame_head(const struct frame *frame) {
  bool has_batch = frame->type == FRAME_CALL && frame->length >= sizeof(struct batch);
  return has_batch ? FRAME_HEAD : sizeof *frame;
}

const char *frame_check(const struct frame *frame) {
  const char *fault = check_header(frame);
  return fault ? fault : check_session(frame);
}

const char *frame_begin(struct intake *intake) {
  const struct frame *frame = &intake->frame;
  if (frame->type == FRAME_CALL) return call_begin(frame, &intake->head, &intake->call);
  if (frame->type == FRAME_WRITE) return stream_write_begin(frame->id, frame->length);
  return NULL;
}

uint8_t *frame_place(struct intake *intake, uint32_t done) {
  if (session_state() == SESSION_LOOKS) return NULL;
  switch (intake->frame.type) {
    case FRAME_ATTACH:
      return (uint8_t *)&intake->attach + done;
    case FRAME_WRITE:
      return NULL;
    case FRAME_CALL:
      return call_is_awaited(&intake->call) ? intake->call.start + done : NULL;
  }
  return whole + done;
}

void frame_pass(const struct intake *intake, const uint8_t *bytes, uint32_t length) {
  if (intake->frame.type == FRAME_WRITE) stream_write(intake->frame.id, bytes, length);
}

static const uint8_t *attach_of(const struct intake *intake) {
  return (const uint8_t *)&intake->attach;
}

const char *frame_end(struct intake *intake) {
  const struct frame *frame = &intake->frame;
  if (session_state() == SESSION_LOOKS && frame->type != FRAME_LOOK) {
    say_result(frame->id, frame->seq, -EPERM);
    return NULL;
  }
  if (frame->type == FRAME_CALL) call_end(frame, &intake->call);
  handler take = rules[frame->type].take;
  return take ? take(frame, frame->type == FRAME_ATTACH ? attach_of(intake) : whole) : NULL;
}
