/* The body of a CALL is put straight into its thread's area, and its room follows it. The longest
 * come alone, and go to the start. The rest go round in the first RING bytes, in which none is
 * broken: that is twice the window, so there is always place behind the last one or at the start.
 */
#include "calls.h"

#include "../common/batch.h"
#include "orders.h"
#include "processes.h"
#include "say.h"
#include "settings.h"
#include "threads.h"

#define RING (2 * WIRE_MAX_WINDOW)
_Static_assert(SLOT_AREA >= RING && SLOT_AREA >= WIRE_MAX_CALL, "area");

/* The calls that wait, oldest first, end with the youngest. */
static struct entry *youngest_call(struct thread *thread) {
  for (uint32_t i = thread->count; i > 0; i--) {
    struct entry *entry = &thread->queue[(thread->head + i - 1) % WIRE_MAX_QUEUE];
    if (entry->length) return entry;
  }
  return NULL;
}

static uint32_t next_offset(struct thread *thread, uint32_t length) {
  struct entry *last = youngest_call(thread);
  uint32_t offset = last ? (last->offset + last->length + 7) & ~7u : 0;
  return offset + length <= RING ? offset : 0;
}

static const char *admit(const struct thread *thread, uint32_t bytes) {
  if (thread->count == WIRE_MAX_QUEUE) return "more unanswered frames than a thread may have";
  if (thread->waiting && bytes && thread->waiting + bytes > WIRE_MAX_WINDOW)
    return "more unanswered bytes than a thread may have";
  return NULL;
}

const char *call_begin(const struct frame *frame, const struct batch *head,
                       struct call_place *place) {
  *place = (struct call_place){.slot = process_at(frame->id)->slot};
  if (frame->length < sizeof *head)
    place->refused = "batch shorter than its header";
  else if (head->room_length > WIRE_MAX_CALL - frame->length)
    place->refused = "batch longer than any may be";
  if (place->refused || place->slot == SLOT_NONE) return NULL;
  struct thread *thread = thread_at(place->slot);
  uint32_t length = frame->length + head->room_length;
  place->room = head->room_length;
  place->start = slot_area(place->slot) + next_offset(thread, length);
  const char *fault = admit(thread, length + (uint32_t)sizeof *frame);
  if (fault) return fault;
  memcpy(place->start, head, sizeof *head);
  thread->receiving = true;
  return NULL;
}

bool call_is_awaited(const struct call_place *place) {
  return place->start && thread_at(place->slot)->receiving;
}

static long give_order(uint32_t slot, const struct order *order, int fd) {
  return sys_send(thread_at(slot)->source.fd, order, sizeof *order, fd, SYS_MSG_DONTWAIT);
}

/* It is answered when it is reaped. */
static bool is_dying(long result) {
  return result == -EPIPE || result == -ECONNRESET;
}

static const char *run(const struct frame *frame, const struct call_place *place) {
  uint32_t slot = place->slot, length = frame->length + place->room;
  const char *fault = batch_check(place->start, length, settings.system);
  if (fault) return fault;
  uint32_t offset = (uint32_t)(place->start - slot_area(slot));
  uint32_t index =
      thread_push(slot, (struct entry){.seq = frame->seq, .offset = offset, .length = length});
  slot_at(slot)->interrupts[index] = INTERRUPT_NONE;
  struct order order = {ORDER_CALL, index, offset, 0};
  long result = give_order(slot, &order, -1);
  if (result >= 0 || is_dying(result)) return NULL;
  thread_unpush(slot);
  return "no memory for a message to its thread";
}

void call_end(const struct frame *frame, const struct call_place *place) {
  const char *refused = place->refused;
  if (!refused && !call_is_awaited(place)) {
    say_not_run(frame->id, frame->seq);
    return;
  }
  if (!refused) {
    thread_at(place->slot)->receiving = false;
    refused = run(frame, place);
  }
  if (refused) say_refused(frame->id, frame->seq, refused);
}

#define CLONE_ALLOWED                                                                           \
  (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
   CLONE_NEWNET)

static void start_clone(uint32_t cloner, uint32_t slot, const struct frame *frame,
                        const struct clone_request *request, const int32_t *pair) {
  struct thread *thread = thread_at(slot);
  uint32_t index =
      thread_push(cloner, (struct entry){.seq = frame->seq, .child = (uint16_t)slot});
  thread->number = request->child;
  thread->source.fd = pair[0];
  thread->being_made = true;
  thread->cloner = (uint16_t)cloner;
  thread->cloner_entry = (uint16_t)index;
  process_make(request->child, request->instance, (uint16_t)slot);
  slot_at(slot)->flags = request->flags;
  struct order order = {ORDER_CLONE, index, 0, slot};
  long result = give_order(cloner, &order, pair[1]);
  sys_close(pair[1]);
  if (result >= 0) return;
  thread_cloned(slot, is_dying(result) ? -ESRCH : result);
  thread_unpush(cloner);
}

/* 0 when it was started. */
static int64_t clone(uint32_t cloner, const struct frame *frame,
                     const struct clone_request *request) {
  if (request->zero || request->flags & ~(uint64_t)CLONE_ALLOWED) return -EINVAL;
  if (process_at(request->child)->state != PROCESS_FREE) return -EEXIST;
  if (cloner == SLOT_NONE) return -ESRCH;
  int32_t pair[2];
  long result = sys_4(__NR_socketpair, SYS_AF_UNIX, SYS_SOCK_SEQPACKET | SYS_SOCK_CLOEXEC, 0, pair);
  if (result < 0) return result;
  uint32_t slot = thread_take_slot();
  if (slot != SLOT_NONE) {
    start_clone(cloner, slot, frame, request, pair);
    return 0;
  }
  sys_close(pair[0]);
  sys_close(pair[1]);
  return -EAGAIN;
}

const char *clone_request(const struct frame *frame, const struct clone_request *request) {
  if (request->child >= WIRE_NUMBERS) return "clone to a number out of range";
  uint32_t cloner = process_at(frame->id)->slot;
  const char *fault = cloner == SLOT_NONE ? NULL : admit(thread_at(cloner), 0);
  if (fault) return fault;
  int64_t result = clone(cloner, frame, request);
  if (result) say_cloned(request->child, frame->seq, result);
  return NULL;
}
