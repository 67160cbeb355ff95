/* Interrupting the calls of threads; member.c has the other side. */
#include "interrupts.h"

#include "processes.h"
#include "threads.h"

/* Signals the thread while the batch runs. A batch that still
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
  uint32_t slot = process_at(number)->slot;
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
    if (!thread->source.fd || !thread->interrupts || thread->hung_up) continue;
    if (thread->count) interrupt(slot, thread->head, is_running(slot, thread->head));
  }
}
