/* What threads say over their control sockets, and what their end means. */
#include "agent.h"

static void replied(uint32_t slot, const struct notice *notice) {
  struct thread *thread = thread_at(slot);
  struct entry *entry = &thread->queue[thread->head];
  if (!thread->count || !entry->length || notice->length > WIRE_MAX_BODY ||
      notice->offset > SLOT_AREA - notice->length)
    return;
  output_frame(FRAME_REPLY, thread->number, entry->seq, slot_area(slot) + notice->offset,
               notice->length);
  thread_pop(slot);
}

static void cloned(uint32_t slot, const struct notice *notice) {
  struct thread *thread = thread_at(slot);
  struct entry *entry = &thread->queue[thread->head];
  if (!thread->count || entry->length) return;
  uint32_t child = thread_child(slot, thread->head);
  if (child != SLOT_NONE && thread_at(child)->being_made) thread_cloned(child, notice->result);
  thread_pop(slot);
}

static void streamed(const struct notice *notice, int fd) {
  const char *fault = stream_open(notice->stream, fd, notice->direction, notice->credit);
  if (fault) program_fail(fault);
}

/* False when there is nothing more to read now. */
static bool read_notice(uint32_t slot) {
  struct thread *thread = thread_at(slot);
  struct notice notice;
  int fd;
  long result = sys_receive(thread->control, &notice, sizeof notice, &fd, SYS_MSG_DONTWAIT);
  if (result == -EAGAIN || result == -EINTR) return false;
  if (result != sizeof notice) {
    unwatch(thread->control);
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
      streamed(&notice, fd);
      break;
  }
  return true;
}

static bool executing(uint32_t slot) {
  return __atomic_load_n(&slot_at(slot)->executing, __ATOMIC_ACQUIRE);
}

void thread_event(uint32_t slot) {
  struct thread *thread = thread_at(slot);
  if (!thread->control || thread->being_made || thread->hung_up) return;
  while (read_notice(slot))
    if (!thread->count || program_over) return;
  if (thread->hung_up && executing(slot)) thread_gone(slot, true);
}

/* It is dead, so nothing more comes after what is read here. */
void thread_exited(uint32_t number) {
  uint32_t slot = process_at(number)->slot;
  if (slot == SLOT_NONE) return;
  while (!thread_at(slot)->hung_up && read_notice(slot)) {
  }
  thread_gone(slot, executing(slot));
}
