/* Making a thread from a thread; runs in the thread that clones.
 *
 * The new thread shares the address space (so that cloning and executing are cheap, and what it did
 * stays readable when it is gone) but nothing else, and the agent is its parent. Where that is not
 * possible (under qemu-user, for a new time namespace, in the hosted build) two plain forks do the
 * same: the go-between exits, and the new thread, an orphan, falls to the agent, a subreaper.
 */
#include "clone.h"

#include "settings.h"
#include "slots.h"

#ifdef HOSTED
#define CAN_SHARE false
#define STACK(address) NULL
#else
#define CAN_SHARE true
#define STACK(address) (address)
#endif

static void (*run_thread)(struct slot *); /* the same in all that are made */

static void run_child(void *argument) {
  struct slot *slot = argument;
  while (slot->parted && !__atomic_load_n(&slot->adopted, __ATOMIC_ACQUIRE))
    sys_4(__NR_futex, &slot->adopted, FUTEX_WAIT, 0, NULL);
  run_thread(slot);
}

struct go_between {
  struct slot *slot;
  void *stack;
};

/* It dies with the thread that clones. The pid is stored here and not by the kernel: under
 * qemu-user the new thread would do that itself, too late, or with the number that it has in its
 * own namespace. */
static void run_go_between(void *argument) {
  struct go_between *go_between = argument;
  struct slot *slot = go_between->slot;
  sys_2(__NR_prctl, PR_SET_PDEATHSIG, SIGNAL_KILL);
  int32_t unused;
  long pid = sys_spawn(slot->flags | SIGNAL_CHLD, go_between->stack, &unused, run_child, slot);
  if (!sys_failed(pid)) __atomic_store_n(&slot->pid, (int32_t)pid, __ATOMIC_RELEASE);
  sys_exit(sys_failed(pid) ? (int)-pid : 0);
}

static int64_t fork_twice(struct slot *slot, void *go_between_stack, void *stack) {
  struct go_between go_between = {slot, stack};
  int32_t unused, status;
  slot->parted = 1;
  long pid = sys_spawn(SIGNAL_CHLD, go_between_stack, &unused, run_go_between, &go_between), result;
  if (sys_failed(pid)) return pid;
  do result = sys_4(__NR_wait4, pid, &status, 0, NULL);
  while (result == -EINTR);
  if (sys_failed(result)) return result;
  if (status & 0x7f) return -EAGAIN;
  if (status >> 8) return -(status >> 8 & 0xff);
  __atomic_store_n(&slot->adopted, 1, __ATOMIC_RELEASE);
  sys_3(__NR_futex, &slot->adopted, FUTEX_WAKE, 1);
  return slot->pid;
}

int64_t clone_thread(uint32_t index) {
  struct slot *slot = slot_at(index);
  if (CAN_SHARE) {
    long result = sys_spawn(slot->flags | CLONE_VM | CLONE_PARENT | SIGNAL_CHLD, slot_stack(index),
                            &slot->pid, run_child, slot);
    if (result != -EINVAL) return result;
  }
  if (!settings.adopts) return -EINVAL;
  return fork_twice(slot, STACK(slot_go_between_stack(index)), STACK(slot_stack(index)));
}

int64_t clone_first(uint32_t index, void (*run)(struct slot *)) {
  run_thread = run;
  struct slot *slot = slot_at(index);
  void *stack = STACK(slot_stack(index));
  long result = -EINVAL;
  if (CAN_SHARE) result = sys_spawn(CLONE_VM | SIGNAL_CHLD, stack, &slot->pid, run_child, slot);
  if (result == -EINVAL) result = sys_spawn(SIGNAL_CHLD, stack, &slot->pid, run_child, slot);
  return result;
}
