/* What a thread is: a process that takes orders from its control socket, one at a time, until it
 * executes a program or ends. It uses no memory of the agent but its slot and the settings. It ends
 * when the agent does: its parent's death kills it, and its control socket ends.
 */
#include "thread.h"

#include "../common/batch.h"
#include "clone.h"
#include "member.h"
#include "orders.h"
#include "settings.h"
#include "slots.h"
#include <linux/close_range.h>

static void close_between(uint32_t first, uint32_t last) {
  if (first > last || sys_3(__NR_close_range, first, last, 0) != -ENOSYS) return;
  uint32_t bound = last < 65536 ? last : 65536;
  for (uint32_t fd = first; fd <= bound; fd++) sys_close((int)fd);
}

/* Thread 1 comes from the agent itself: it drops the agent's descriptors, and what every later
 * thread inherits is put right here, once. */
static void leave_agent(struct slot *slot) {
  int null = (int)sys_3(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; fd++)
    if (null < 0 || sys_3(__NR_dup3, null, fd, 0) < 0) sys_close(fd);
  long moved = sys_3(__NR_fcntl, slot->control, F_DUPFD_CLOEXEC, SLOT_CONTROL_FD);
  if (!sys_failed(moved)) slot->control = (int32_t)moved;
  close_between(3, (uint32_t)slot->control - 1);
  close_between((uint32_t)slot->control + 1, ~0u);
  sys_4(__NR_prlimit64, 0, 7 /* RLIMIT_NOFILE */, settings.file_limit, NULL);
  uint64_t mask = settings.signal_mask & ~SIGNAL_BIT(SIGNAL_URG);
  sys_4(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &mask, NULL, 8);
  sys_2(__NR_prctl, PR_SET_NAME, "bw-thread");
}

/* A later thread has a copy of its cloner's control socket; its own takes that one's number. */
static void leave_cloner(struct slot *slot) {
  if (sys_3(__NR_dup3, slot->control, slot->inherited, O_CLOEXEC) < 0) {
    sys_close(slot->inherited);
    return;
  }
  sys_close(slot->control);
  slot->control = slot->inherited;
}

/* Inside another PID namespace the agent has no number: 0. */
static void die_with_agent(void) {
  sys_2(__NR_prctl, PR_SET_PDEATHSIG, SIGNAL_KILL);
  long parent = sys_0(__NR_getppid);
  if (parent != settings.agent_pid && parent != 0) sys_exit(0);
}

static void notify(struct member *member, const struct notice *notice) {
  long result;
  do result = sys_send(member->control, notice, sizeof *notice, -1, 0);
  while (result == -EINTR || result == -EAGAIN);
  if (result < 0) sys_exit(0);
}

static void run_call(struct executor *executor, const struct order *order) {
  struct member *member = executor->context;
  struct slot *slot = slot_at(member->slot);
  uint8_t *body = slot_area(member->slot) + order->offset;
  member->entry = order->entry;
  struct batch batch = batch_open(body);
  __atomic_store_n(&slot->started, slot->started + 1, __ATOMIC_RELEASE);
  struct batch_reply reply = batch_run(executor, batch, body);
  member_finish_interrupt(member);
  struct notice notice = {
      .kind = NOTICE_REPLY, .offset = order->offset + reply.offset, .length = reply.length};
  notify(member, &notice);
}

/* A thread of another PID namespace, or the first of one, cannot name its child to the agent. */
static int64_t make_thread(struct member *member, const struct order *order, int control) {
  struct slot *child = slot_at(order->child);
  if (control < 0) return -EMFILE;
  if (sys_0(__NR_getpid) != slot_at(member->slot)->pid) return -EOPNOTSUPP;
  child->control = control;
  child->inherited = member->control;
  return clone_thread(order->child);
}

static void run_clone(struct member *member, const struct order *order, int control) {
  struct notice notice = {.kind = NOTICE_CLONED, .result = make_thread(member, order, control)};
  if (control >= 0) sys_close(control);
  notify(member, &notice);
}

void thread_main(struct slot *slot) {
  if (slot->inherited < 0)
    leave_agent(slot);
  else
    leave_cloner(slot);
  die_with_agent();
  struct member member = {slot_index(slot), slot->control, 0};
  struct executor executor = member_executor(&member);
  for (;;) {
    struct order order;
    int fd;
    long result = sys_receive(member.control, &order, sizeof order, &fd, 0);
    if (result == -EINTR || result == -EAGAIN) continue;
    if (result != sizeof order) sys_exit(0);
    if (order.kind == ORDER_CALL)
      run_call(&executor, &order);
    else
      run_clone(&member, &order, fd);
  }
}
