/* Frames from the program: which there are, how long they may be, and where their bodies go. */
#include "agent.h"

#define ANY_LENGTH UINT32_MAX

struct rule {
  uint32_t length; /* of the body */
  bool has_seq;
};

static const struct rule rules[] = {
    [FRAME_CLONE] = {sizeof(struct clone_request), true},
    [FRAME_CALL] = {ANY_LENGTH, true},
    [FRAME_SIGNAL] = {sizeof(struct signal_request), true},
    [FRAME_INTERRUPT] = {0, true},
    [FRAME_WRITE] = {ANY_LENGTH, false},
    [FRAME_GRANT] = {sizeof(uint32_t), false},
    [FRAME_CLOSE] = {0, false},
    [FRAME_ALIVE] = {sizeof(uint32_t), false},
};

static const char *check(const struct frame *frame) {
  if (frame->type < FRAME_CLONE || frame->type > FRAME_ALIVE) return "frame of unknown type";
  const struct rule *rule = &rules[frame->type];
  if (frame->length > WIRE_MAX_BODY) return "frame longer than any may be";
  if (rule->length != ANY_LENGTH && frame->length != rule->length)
    return "frame whose length its type does not have";
  if (frame->zero[0] | frame->zero[1] | frame->zero[2]) return "frame with reserved bytes set";
  if (frame->id >= WIRE_NUMBERS) return "frame for a number out of range";
  if (frame->seq && !rule->has_seq)
    return "frame with a sequence number that its type does not have";
  return NULL;
}

const char *frame_begin(const struct frame *frame, uint8_t **into, uint32_t *slot) {
  const char *fault = check(frame);
  if (fault) return fault;
  switch (frame->type) {
    case FRAME_CALL:
      if (frame->length < sizeof(struct batch)) return "batch shorter than its header";
      return call_begin(frame->id, frame->length, slot, into);
    case FRAME_WRITE:
      return stream_write_begin(frame->id, frame->length);
  }
  return NULL;
}

static const char *signal_process(const struct frame *frame, const struct signal_request *request) {
  if (request->group > 1) return "signal with unknown flags";
  struct process *process = process_at(frame->id);
  if (process->slot != SLOT_NONE && !thread_settle(process->slot) && !process->pid) {
    int64_t early = -EAGAIN;
    output_frame(FRAME_RESULT, frame->id, frame->seq, &early, sizeof early);
    return NULL;
  }
  int64_t result = -ESRCH;
  int32_t pid = process->pid;
  if (pid && (!request->group || sys_1(__NR_getpgid, pid) == pid))
    result = sys_kill(request->group ? -pid : pid, (int)request->number);
  output_frame(FRAME_RESULT, frame->id, frame->seq, &result, sizeof result);
  return NULL;
}

static const char *call(const struct frame *frame, uint32_t slot, const uint8_t *body) {
  if (slot != SLOT_NONE) return call_end(slot, frame->seq, body, frame->length);
  call_none(frame->id, frame->seq, REPLY_NO_THREAD);
  return NULL;
}

const char *frame_end(const struct frame *frame, uint32_t slot, const uint8_t *body) {
  uint32_t word;
  struct clone_request clone;
  struct signal_request signal;
  switch (frame->type) {
    case FRAME_CALL:
      return call(frame, slot, body);
    case FRAME_CLONE:
      memcpy(&clone, body, sizeof clone);
      return clone_request(frame, &clone);
    case FRAME_SIGNAL:
      memcpy(&signal, body, sizeof signal);
      return signal_process(frame, &signal);
    case FRAME_INTERRUPT:
      interrupt_request(frame->id, frame->seq);
      return NULL;
    case FRAME_GRANT:
      memcpy(&word, body, sizeof word);
      return stream_grant(frame->id, word);
    case FRAME_CLOSE:
      stream_close(frame->id);
      return NULL;
    case FRAME_ALIVE:
      memcpy(&word, body, sizeof word);
      alive_until(word);
      return NULL;
  }
  return NULL;
}
