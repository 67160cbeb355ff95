/* Frames for threads: calls, clones and interruptions.
 *
 * The body of a CALL is put straight into its thread's area, a ring in which no body is broken. The
 * area is twice the window, so a body always fits behind the last one or at the start.
 */
#include "agent.h"

uint32_t interrupts_wanted;

static uint32_t slot_of(uint32_t number) {
  return number < WIRE_NUMBERS ? process_at(number)->slot : SLOT_NONE;
}

void call_none(uint32_t number, uint32_t seq, uint32_t status) {
  struct reply reply = {0, status};
  output_frame(FRAME_REPLY, number, seq, &reply, sizeof reply);
}

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
  return offset + length <= SLOT_AREA ? offset : 0;
}

static const char *admit(struct thread *thread, uint32_t bytes) {
  if (thread->count == WIRE_MAX_QUEUE) return "more unanswered frames than a thread may have";
  if (thread->waiting + bytes > WIRE_MAX_WINDOW)
    return "more unanswered bytes than a thread may have";
  return NULL;
}

const char *call_begin(uint32_t number, uint32_t length, uint32_t *slot, uint8_t **into) {
  *slot = slot_of(number);
  *into = NULL;
  if (*slot == SLOT_NONE) return NULL;
  struct thread *thread = thread_at(*slot);
  *into = slot_area(*slot) + next_offset(thread, length);
  return admit(thread, length + (uint32_t)sizeof(struct frame));
}

static long give_order(uint32_t slot, const struct order *order, int fd) {
  return sys_send(thread_at(slot)->control, order, sizeof *order, fd, SYS_MSG_DONTWAIT);
}

const char *call_end(uint32_t slot, uint32_t seq, const uint8_t *body, uint32_t length) {
  const char *fault = batch_check(body, length);
  if (fault) return fault;
  struct thread *thread = thread_at(slot);
  uint32_t index, offset = (uint32_t)(body - slot_area(slot));
  struct entry *entry = thread_push(slot, &index);
  entry->seq = seq;
  entry->offset = offset;
  entry->length = length;
  thread->waiting += length + (uint32_t)sizeof(struct frame);
  if (offset + length > thread->top) thread->top = offset + length;
  slot_at(slot)->interrupts[index] = INTERRUPT_NONE;
  struct order order = {ORDER_CALL, index, offset, 0};
  long result = give_order(slot, &order, -1);
  bool dying = result == -EPIPE || result == -ECONNRESET; /* answered when it is reaped */
  return result < 0 && !dying ? "no memory for a message to a thread" : NULL;
}

/* A clone that fails before its cloner hears of it. */
static void refuse_clone(const struct frame *frame, uint32_t number, int64_t result) {
  output_frame(FRAME_CLONED, number, frame->seq, &result, sizeof result);
}

#define CLONE_ALLOWED                                                                           \
  (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | \
   CLONE_NEWNET)

static void start_clone(uint32_t cloner, uint32_t slot, const struct frame *frame,
                        const struct clone_request *request, const int32_t *pair) {
  struct thread *thread = thread_at(slot);
  uint32_t index;
  struct entry *entry = thread_push(cloner, &index);
  entry->seq = frame->seq;
  entry->child = (uint16_t)slot;
  thread->number = request->child;
  thread->control = pair[0];
  thread->being_made = true;
  thread->cloner = (uint16_t)cloner;
  thread->cloner_entry = (uint16_t)index;
  process_at(request->child)->slot = (uint16_t)slot;
  process_at(request->child)->used = 1;
  slot_at(slot)->flags = request->flags;
  struct order order = {ORDER_CLONE, index, 0, slot};
  long result = give_order(cloner, &order, pair[1]);
  sys_close(pair[1]);
  if (result >= 0) return;
  thread_cloned(slot, result == -EPIPE || result == -ECONNRESET ? -ESRCH : result);
  thread_at(cloner)->count--;
}

const char *clone_request(const struct frame *frame, const struct clone_request *request) {
  if (request->child >= WIRE_NUMBERS) return "clone to a number out of range";
  if (request->zero || request->flags & ~(uint64_t)CLONE_ALLOWED) return "clone with unknown flags";
  if (process_at(request->child)->used) return "clone to a number that is in use";
  uint32_t cloner = slot_of(frame->id), slot;
  if (cloner == SLOT_NONE) {
    refuse_clone(frame, request->child, -ESRCH);
    return NULL;
  }
  const char *fault = admit(thread_at(cloner), 0);
  if (fault) return fault;
  int32_t pair[2];
  long result = sys_4(__NR_socketpair, SYS_AF_UNIX, SYS_SOCK_SEQPACKET | SYS_SOCK_CLOEXEC, 0, pair);
  if (result < 0) {
    refuse_clone(frame, request->child, result);
  } else if ((slot = thread_take_slot()) == SLOT_NONE) {
    sys_close(pair[0]);
    sys_close(pair[1]);
    refuse_clone(frame, request->child, -EAGAIN);
  } else {
    start_clone(cloner, slot, frame, request, pair);
  }
  return NULL;
}

/* Signals the thread while the batch runs; see executor.c for the other side. A batch that still
 * waits is not signalled: the thread sees the request when it begins. */
static void interrupt(uint32_t slot, uint32_t index, bool running) {
  uint32_t *state = &slot_at(slot)->interrupts[index];
  uint32_t wanted = INTERRUPT_WANTED;
  int32_t pid = process_at(thread_at(slot)->number)->pid; /* 0 while it is being made */
  if (!running || !pid ||
      !__atomic_compare_exchange_n(state, &wanted, INTERRUPT_SENDING, false, __ATOMIC_ACQ_REL,
                                   __ATOMIC_ACQUIRE))
    return;
  sys_kill(pid, SIGNAL_URG);
  __atomic_store_n(state, INTERRUPT_WANTED, __ATOMIC_RELEASE);
}

static bool is_running(uint32_t slot, uint32_t index) {
  struct thread *thread = thread_at(slot);
  return index == thread->head && thread->begun != slot_at(slot)->started;
}

void interrupt_request(uint32_t number, uint32_t seq) {
  uint32_t slot = slot_of(number);
  if (slot == SLOT_NONE) return;
  struct thread *thread = thread_at(slot);
  for (uint32_t i = 0; i < thread->count; i++) {
    uint32_t index = (thread->head + i) % WIRE_MAX_QUEUE, none = INTERRUPT_NONE;
    struct entry *entry = &thread->queue[index];
    if (entry->seq != seq || !entry->length || entry->interrupting) continue;
    entry->interrupting = true;
    thread->interrupts++;
    interrupts_wanted++;
    __atomic_compare_exchange_n(&slot_at(slot)->interrupts[index], &none, INTERRUPT_WANTED, false,
                                __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    interrupt(slot, index, is_running(slot, index));
  }
}

/* A signal that lands just before a call blocks is lost, so it is sent again until it is taken. */
void interrupt_repeat(void) {
  for (uint32_t slot = 1; slot < SLOTS; slot++) {
    struct thread *thread = thread_at(slot);
    if (!thread->control || !thread->interrupts || thread->hung_up) continue;
    if (thread->count) interrupt(slot, thread->head, is_running(slot, thread->head));
  }
}
