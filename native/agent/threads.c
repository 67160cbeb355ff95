/* From CLONE until they execute a program or end.
 *
 * A thread answers its CALL and CLONE frames in their order, so the queue is a ring and the answer
 * belongs to its head. A new thread is "being made" until it is known that it exists, either
 * because its cloner says so or because the kernel stored its pid; only then is its control socket
 * listened to, so that CLONED is sent before anything that the thread answers.
 *
 * A slot is given back when the thread executed a program (the control socket ended while it was in
 * execve(2)) or was reaped; never earlier, because the thread may still write to it.
 */
#include "threads.h"

#include "claims.h"
#include "clone.h"
#include "output.h"
#include "processes.h"
#include "say.h"
#include "streams.h"
#include "window.h"

#define TRIM_FROM (2u << 20) /* what an idle thread keeps of its area at the most */

uint32_t interrupts_wanted;

static struct thread threads[SLOTS];
static void (*thread_ready)(uint32_t slot);
static uint16_t free_slots[SLOTS];
static uint32_t free_count;

struct thread *thread_at(uint32_t slot) {
  return &threads[slot];
}

uint32_t thread_take_slot(void) {
  if (!free_count) return SLOT_NONE;
  uint32_t slot = free_slots[--free_count];
  slot_prepare(slot);
  struct thread *thread = &threads[slot];
  thread->head = thread->count = thread->waiting = thread->top = 0;
  thread->begun = thread->interrupts = 0;
  thread->cloner = SLOT_NONE;
  thread->being_made = thread->hung_up = thread->holding = thread->receiving = false;
  thread->source = (struct source){thread_ready, slot, 0, LEVEL_THREADS, 0};
  return slot;
}

static void give_back(uint32_t slot) {
  struct thread *thread = &threads[slot];
  uint32_t claimed = slot_at(slot)->claiming;
  if (claimed && !stream_is_open(claimed - 1)) claim_release(claimed - 1);
  interrupts_wanted -= thread->interrupts;
  if (thread->source.fd) sys_close(thread->source.fd); /* nobody else has it: it leaves the loop */
  thread->source.events = 0;
  thread->source.fd = 0;
  thread->receiving = false;
  slot_trim(slot, thread->top);
  free_slots[free_count++] = (uint16_t)slot;
}

void threads_open(uint32_t slots, void (*ready)(uint32_t slot)) {
  thread_ready = ready;
  for (uint32_t slot = slots - 1; slot > 0; slot--) free_slots[free_count++] = (uint16_t)slot;
}

/* In a slot; its control socket is watched from here on. */
static const char *run_first(uint32_t slot, const int32_t *pair, void (*run)(struct slot *)) {
  slot_at(slot)->control = pair[1];
  slot_at(slot)->inherited = -1;
  int64_t pid = clone_first(slot, run);
  sys_close(pair[1]);
  threads[slot].source.fd = pair[0];
  threads[slot].number = 1;
  if (pid < 0) {
    give_back(slot);
    return "cannot make the first thread";
  }
  slot_at(slot)->pid = (int32_t)pid;
  process_make(1, 0, (uint16_t)slot);
  process_runs(1, (int32_t)pid);
  long result = loop_watch(&threads[slot].source, SYS_POLLIN);
  return result < 0 ? "cannot wait for the first thread" : NULL;
}

const char *threads_first(void (*run)(struct slot *)) {
  int32_t pair[2];
  if (sys_4(__NR_socketpair, SYS_AF_UNIX, SYS_SOCK_SEQPACKET | SYS_SOCK_CLOEXEC, 0, pair) < 0)
    return "cannot make a socket pair for the first thread";
  return run_first(thread_take_slot(), pair, run);
}

uint32_t thread_push(uint32_t slot, struct entry entry) {
  struct thread *thread = &threads[slot];
  uint32_t index = (thread->head + thread->count++) % WIRE_MAX_QUEUE;
  uint32_t end = entry.offset + entry.length;
  thread->queue[index] = entry;
  if (entry.length) thread->waiting += entry.length + (uint32_t)sizeof(struct frame);
  if (end > thread->top) thread->top = end;
  return index;
}

static void forget_entry(struct thread *thread, const struct entry *entry) {
  if (entry->length) thread->waiting -= entry->length + (uint32_t)sizeof(struct frame);
  thread->count--;
}

void thread_unpush(uint32_t slot) {
  struct thread *thread = &threads[slot];
  forget_entry(thread, &thread->queue[(thread->head + thread->count - 1) % WIRE_MAX_QUEUE]);
}

void thread_pop(uint32_t slot) {
  struct thread *thread = &threads[slot];
  struct entry *entry = &thread->queue[thread->head];
  if (entry->length) thread->begun++;
  if (entry->interrupting) {
    thread->interrupts--;
    interrupts_wanted--;
  }
  forget_entry(thread, entry);
  thread->head = (thread->head + 1) % WIRE_MAX_QUEUE;
  if (thread->count || thread->receiving || thread->top <= TRIM_FROM) return;
  slot_trim(slot, thread->top);
  thread->top = 0;
}

/* The end of being made: either way its number is known to the program afterwards. A thread that
 * cannot be listened to is of no use; its end is told as any other's. */
void thread_cloned(uint32_t slot, int64_t result) {
  struct thread *thread = &threads[slot];
  uint32_t seq = threads[thread->cloner].queue[thread->cloner_entry].seq, number = thread->number;
  thread->being_made = false;
  say_cloned(number, seq, result);
  if (result < 0) {
    thread_gone(slot, false);
    process_free(number);
    return;
  }
  struct process *process = process_at(number);
  if (process->state == PROCESS_MAKING) process_runs(number, (int32_t)result);
  if (loop_watch(&thread->source, SYS_POLLIN) < 0 && process->state == PROCESS_RUNS)
    sys_kill((int)result, SIGNAL_KILL);
}

bool thread_settle(uint32_t slot) {
  int32_t pid = __atomic_load_n(&slot_at(slot)->pid, __ATOMIC_ACQUIRE);
  uint32_t number = threads[slot].number;
  if (pid && process_at(number)->state == PROCESS_MAKING) process_runs(number, pid);
  return pid != 0;
}

void thread_settle_pid(int32_t pid) {
  for (uint32_t slot = 1; slot < SLOTS; slot++)
    if (threads[slot].being_made && slot_at(slot)->pid == pid) thread_settle(slot);
}

uint32_t thread_child(uint32_t slot, uint32_t index) {
  const struct entry *entry = &threads[slot].queue[index];
  const struct thread *child = &threads[entry->child];
  bool still = child->source.fd && child->cloner == slot && child->cloner_entry == index;
  return entry->child != SLOT_NONE && still ? entry->child : SLOT_NONE;
}

/* The cloner is gone; what it was making exists or never will. One that was forked may still wait
 * for word, also when it is known already. */
static void resolve_clone(uint32_t child) {
  struct slot *slot = slot_at(child);
  __atomic_store_n(&slot->adopted, 1, __ATOMIC_RELEASE);
  sys_3(__NR_futex, &slot->adopted, FUTEX_WAKE, 1);
  if (threads[child].being_made)
    thread_cloned(child, thread_settle(child) ? process_at(threads[child].number)->pid : -ESRCH);
}

/* The answer to a batch that was cut short: its results so far, which stand at the start of its
 * body. */
static void answer_partly(uint32_t slot, const struct entry *entry, bool executed) {
  const struct reply *sofar = (const struct reply *)(slot_area(slot) + entry->offset);
  uint32_t done = sofar->done < WIRE_MAX_CALLS ? sofar->done : WIRE_MAX_CALLS;
  uint32_t length = (uint32_t)(sizeof *sofar + (done + executed) * sizeof(int64_t));
  if (length > WIRE_SMALL) window_use(length);
  uint8_t *body = output_begin(length);
  struct reply reply = {done + executed, executed ? REPLY_EXECUTED : REPLY_GONE};
  memset(body + length - sizeof(int64_t), 0, sizeof(int64_t));
  memcpy(body, sofar, sizeof *sofar + done * sizeof(int64_t));
  memcpy(body, &reply, sizeof reply);
  output_end(FRAME_REPLY, threads[slot].number, entry->seq, length);
}

void thread_gone(uint32_t slot, bool executed) {
  struct thread *thread = &threads[slot];
  bool running = __atomic_load_n(&slot_at(slot)->started, __ATOMIC_ACQUIRE) != thread->begun;
  for (; thread->count; thread_pop(slot)) {
    struct entry *entry = &thread->queue[thread->head];
    if (!entry->length) {
      uint32_t child = thread_child(slot, thread->head);
      if (child != SLOT_NONE) resolve_clone(child);
    } else if (running) {
      answer_partly(slot, entry, executed);
      running = false;
    } else {
      say_not_run(thread->number, entry->seq);
    }
  }
  process_at(thread->number)->slot = SLOT_NONE;
  give_back(slot);
}
