#include "notices.h"

#include "held.h"
#include "orders.h"
#include "output.h"
#include "processes.h"
#include "say.h"
#include "streams.h"
#include "threads.h"
#include "window.h"

static uint16_t first_holding, last_holding; /* slots */

bool replies_wait(void) {
  return first_holding != SLOT_NONE;
}

static void send_reply(uint32_t slot, uint32_t offset, uint32_t length) {
  struct thread *thread = thread_at(slot);
  if (length > WIRE_SMALL) window_use(length);
  say(FRAME_REPLY, thread->number, thread->queue[thread->head].seq, slot_area(slot) + offset,
      length);
  thread_pop(slot);
}

/* The reply stays where it is, and nothing more is heard of the thread until it has gone. */
static void hold(uint32_t slot, const struct notice *notice) {
  struct thread *thread = thread_at(slot);
  loop_unwatch(&thread->source);
  thread->holding = true;
  thread->reply = notice->offset;
  thread->reply_length = notice->length;
  thread->next_holding = SLOT_NONE;
  if (replies_wait())
    thread_at(last_holding)->next_holding = (uint16_t)slot;
  else
    first_holding = (uint16_t)slot;
  last_holding = (uint16_t)slot;
}

void replies_tell(void) {
  while (replies_wait() && window_left() && !output_full()) {
    uint32_t slot = first_holding;
    struct thread *thread = thread_at(slot);
    first_holding = thread->next_holding;
    thread->holding = false;
    send_reply(slot, thread->reply, thread->reply_length);
    const struct process *process = process_at(thread->number);
    if (loop_watch(&thread->source, SYS_POLLIN) < 0 && process->state == PROCESS_RUNS)
      sys_kill(process->pid, SIGNAL_KILL);
  }
}

static void replied(uint32_t slot, const struct notice *notice) {
  struct thread *thread = thread_at(slot);
  struct entry *entry = &thread->queue[thread->head];
  if (!thread->count || !entry->length || notice->length > WIRE_MAX_BODY ||
      notice->offset > SLOT_AREA - notice->length)
    return;
  if (notice->length > WIRE_SMALL && (replies_wait() || !window_left()))
    hold(slot, notice);
  else
    send_reply(slot, notice->offset, notice->length);
}

static void cloned(uint32_t slot, const struct notice *notice) {
  struct thread *thread = thread_at(slot);
  struct entry *entry = &thread->queue[thread->head];
  if (!thread->count || entry->length) return;
  uint32_t child = thread_child(slot, thread->head);
  if (child != SLOT_NONE && thread_at(child)->being_made) thread_cloned(child, notice->result);
  thread_pop(slot);
}

/* False when there is nothing more to read now. */
static bool read_notice(uint32_t slot) {
  struct thread *thread = thread_at(slot);
  struct notice notice;
  int fd;
  long result = sys_receive(thread->source.fd, &notice, sizeof notice, &fd, SYS_MSG_DONTWAIT);
  if (result == -EAGAIN || result == -EINTR) return false;
  if (result != sizeof notice) {
    thread->hung_up = true;
    return false;
  }
  switch (notice.kind) {
    case NOTICE_REPLY:
      replied(slot, &notice);
      break;
    case NOTICE_CLONED:
      cloned(slot, &notice);
      break;
    case NOTICE_STREAM:
      stream_open(notice.stream % WIRE_NUMBERS, fd, notice.direction, notice.credit,
                  thread->number);
      break;
    case NOTICE_ASK:
      held_answer(fd);
      break;
  }
  return true;
}

static bool executing(uint32_t slot) {
  return __atomic_load_n(&slot_at(slot)->executing, __ATOMIC_ACQUIRE);
}

/* What can be read and told now; false when more may be there. */
static bool read_notices(uint32_t slot, bool until_idle) {
  const struct thread *thread = thread_at(slot);
  while (!thread->hung_up) {
    if (thread->holding || output_full()) return false;
    if (!read_notice(slot)) return true;
    if (until_idle && !thread->count) return true;
  }
  return true;
}

void notice_ready(uint32_t slot) {
  struct thread *thread = thread_at(slot);
  if (!thread->source.fd || thread->being_made || thread->hung_up) return;
  if (!read_notices(slot, true) || !thread->hung_up) return;
  if (executing(slot))
    thread_gone(slot, true);
  else
    loop_unwatch(&thread->source); /* it is reaped soon */
}

/* It is dead, so nothing more comes after what is read here. */
bool notices_finish(uint32_t number) {
  uint32_t slot = process_at(number)->slot;
  if (slot == SLOT_NONE) return true;
  if (thread_at(slot)->being_made) return false; /* CLONED comes first */
  if (!read_notices(slot, false) || thread_at(slot)->holding) return false;
  thread_gone(slot, executing(slot));
  return true;
}
