/* How a thread runs the calls of a batch: it keeps its control socket out of the way of the calls,
 * says when it executes a program, and takes interruptions.
 *
 * An interruption hits one call of the batch it is meant for, and no other batch. The agent signals
 * only while the state is INTERRUPT_SENDING, and the thread ends the batch, or takes the
 * interruption, only outside of that; the signal is pending by then, so one more system call
 * consumes it.
 */
#include "member.h"

#include "claims.h"
#include "orders.h"
#include "question.h"
#include "slots.h"
#include <asm/stat.h>
#include <linux/close_range.h>
#include <linux/eventpoll.h>

bool member_take_interrupt(struct member *member) {
  uint32_t *state = &slot_at(member->slot)->interrupts[member->entry];
  for (;;) {
    uint32_t seen = __atomic_load_n(state, __ATOMIC_ACQUIRE);
    if (seen == INTERRUPT_NONE || seen == INTERRUPT_DONE) return false;
    if (seen == INTERRUPT_WANTED &&
        __atomic_compare_exchange_n(state, &seen, INTERRUPT_DONE, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
      sys_0(__NR_getppid);
      return true;
    }
    sys_0(__NR_sched_yield);
  }
}

void member_finish_interrupt(struct member *member) {
  uint32_t *state = &slot_at(member->slot)->interrupts[member->entry];
  uint32_t none = INTERRUPT_NONE;
  while (!__atomic_compare_exchange_n(state, &none, INTERRUPT_DONE, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_ACQUIRE)) {
    if (none == INTERRUPT_DONE || member_take_interrupt(member)) return;
    none = INTERRUPT_NONE;
  }
}

static bool interrupted(struct executor *executor) {
  struct member *member = executor->context;
  if (!slot_at(member->slot)->interrupts[member->entry]) return false;
  return member_take_interrupt(member);
}

/* The control socket gets another number; the old one stays open for what is about to happen to it.
 */
static long move_control(struct member *member) {
  long moved = sys_3(__NR_fcntl, member->control, F_DUPFD_CLOEXEC, SLOT_CONTROL_FD);
  if (sys_failed(moved)) moved = sys_3(__NR_fcntl, member->control, F_DUPFD_CLOEXEC, 3);
  if (sys_failed(moved)) return -EBUSY;
  member->control = (int)moved;
  return 0;
}

static int64_t run(uint32_t nr, const int64_t *a) {
  return sys6(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int64_t run_moved(struct member *member, bool hit, uint32_t nr, const int64_t *arguments) {
  long error = hit ? move_control(member) : 0;
  return error ? error : run(nr, arguments);
}

/* All but the control socket. */
static int64_t close_around(const struct member *member, const int64_t *arguments) {
  uint32_t first = (uint32_t)arguments[0], last = (uint32_t)arguments[1];
  uint32_t control = (uint32_t)member->control, flags = (uint32_t)arguments[2];
  if (flags & CLOSE_RANGE_CLOEXEC || control < first || control > last)
    return run(__NR_close_range, arguments);
  long result = 0;
  if (first < control) result = sys_3(__NR_close_range, first, control - 1, flags);
  if (result == 0 && control < last) result = sys_3(__NR_close_range, control + 1, last, flags);
  return result;
}

static int64_t execute(struct member *member, uint32_t nr, const int64_t *arguments) {
  struct slot *slot = slot_at(member->slot);
  __atomic_store_n(&slot->executing, 1, __ATOMIC_RELEASE);
  int64_t result = run(nr, arguments);
  __atomic_store_n(&slot->executing, 0, __ATOMIC_RELEASE);
  return result;
}

static int64_t call(struct executor *executor, uint32_t nr, const int64_t *arguments) {
  struct member *member = executor->context;
  switch (nr) {
    case __NR_clone:
    case __NR_clone3:
#ifdef __NR_fork
    case __NR_fork:
    case __NR_vfork:
#endif
    case __NR_rt_sigreturn:
      return -EPERM;
    case __NR_execve:
    case __NR_execveat:
      return execute(member, nr, arguments);
#ifdef __NR_dup2
    case __NR_dup2:
#endif
    case __NR_dup3:
      return run_moved(member, (int)arguments[1] == member->control, nr, arguments);
    case __NR_close:
      return run_moved(member, (int)arguments[0] == member->control, nr, arguments);
    case __NR_close_range:
      return close_around(member, arguments);
  }
  return run(nr, arguments);
}

static bool is_epoll(const struct member *member, int fd) {
  struct epoll_event event = {0, 0};
  return sys_4(__NR_epoll_ctl, fd, EPOLL_CTL_DEL, member->control, &event) != -EINVAL;
}

/* Of st_mode; not in every C library's view of the kernel's headers. */
enum { TYPE = 0170000, DIRECTORY = 0040000, BLOCKS = 0060000, REGULAR = 0100000 };

/* What no bytes come from, or what is always ready and would never be waited for. */
static long check_stream(const struct member *member, int fd, uint32_t direction) {
  struct stat status;
  long flags = sys_2(__NR_fcntl, fd, F_GETFL);
  if (flags < 0) return flags;
  uint32_t without = direction == STREAM_FROM_FD ? O_WRONLY : O_RDONLY;
  if (flags & O_PATH || (flags & O_ACCMODE) == without) return -EBADF;
  long result = sys_2(__NR_fstat, fd, &status);
  if (result < 0) return result;
  uint32_t type = status.st_mode & TYPE;
  if (type == REGULAR || type == DIRECTORY || type == BLOCKS) return -EINVAL;
  return type == 0 && is_epoll(member, fd) ? -EINVAL : 0;
}

static int64_t hand_over(struct executor *executor, int fd, const struct notice *notice) {
  const struct member *member = executor->context;
  long result;
  do result = sys_send(member->control, notice, sizeof *notice, fd, 0);
  while (result == -EINTR && !interrupted(executor));
  if (result < 0) claim_release(notice->stream);
  return result < 0 ? result : 0;
}

static int64_t stream(struct executor *executor, const int64_t *arguments) {
  struct member *member = executor->context;
  uint64_t number = (uint64_t)arguments[1], direction = (uint64_t)arguments[2];
  if (number >= WIRE_NUMBERS || direction > STREAM_TO_FD) return -EINVAL;
  long error = check_stream(member, (int)arguments[0], (uint32_t)direction);
  if (error) return error;
  struct notice notice = {.kind = NOTICE_STREAM,
                          .stream = (uint32_t)number,
                          .direction = (uint32_t)direction,
                          .credit = (uint32_t)arguments[3]};
  if (!claim_take(notice.stream)) return -EBUSY;
  uint32_t *claiming = &slot_at(member->slot)->claiming;
  __atomic_store_n(claiming, notice.stream + 1, __ATOMIC_RELEASE);
  int64_t result = hand_over(executor, (int)arguments[0], &notice);
  __atomic_store_n(claiming, 0, __ATOMIC_RELEASE);
  return result;
}

static int64_t ask(struct executor *executor, uint32_t nr, const int64_t *arguments) {
  const struct member *member = executor->context;
  if (nr == PSEUDO_STREAM) return stream(executor, arguments);
  return question_ask(member->control, nr, arguments);
}

struct executor member_executor(struct member *member) {
  return (struct executor){member, call, ask, interrupted};
}
