/* Children that ended, stopped or went on. The agent alone reaps, so a pid that it has not reaped
 * yet is never another process's. */
#include "agent.h"

struct child_info { /* siginfo_t of SIGCHLD */
  int32_t number;
  int32_t error;
  int32_t code;
  int32_t padding;
  int32_t pid;
  uint32_t uid;
  int32_t status;
  uint8_t rest[100];
};
_Static_assert(sizeof(struct child_info) == 128, "child_info");

struct usage { /* struct rusage */
  int64_t user[2];
  int64_t system[2];
  int64_t maxrss_kib;
  int64_t rest[13];
};

/* CLD_EXITED .. CLD_CONTINUED; 4 is a trap, which only a tracer sees */
static const uint8_t kinds[] = {0, CHILD_EXITED,  CHILD_KILLED,   CHILD_DUMPED,
                                0, CHILD_STOPPED, CHILD_CONTINUED};

static void send_event(uint32_t number, const struct child_info *info, const struct usage *usage) {
  struct child_event event = {.kind = kinds[info->code], .status = info->status};
  if (event.kind <= CHILD_DUMPED) {
    event.user_us = (uint64_t)(usage->user[0] * 1000000 + usage->user[1]);
    event.system_us = (uint64_t)(usage->system[0] * 1000000 + usage->system[1]);
    event.maxrss_kib = (uint64_t)usage->maxrss_kib;
  }
  output_frame(FRAME_CHILD, number, 0, &event, sizeof event);
}

static void child_changed(const struct child_info *info, const struct usage *usage) {
  if (info->code < 1 || info->code > 6 || !kinds[info->code]) return;
  if (process_find(info->pid) == WIRE_NUMBERS) thread_settle_pid(info->pid);
  uint32_t number = process_find(info->pid);
  if (number == WIRE_NUMBERS) return;
  bool ended = kinds[info->code] <= CHILD_DUMPED;
  if (ended) thread_exited(number);
  send_event(number, info, usage);
  if (ended) process_remove(number);
}

void reap_children(void) {
  for (;;) {
    struct child_info info = {0};
    struct usage usage = {0};
    long result = sys_5(__NR_waitid, P_ALL, 0, &info,
                        WEXITED | WSTOPPED | WCONTINUED | WNOHANG | __WALL, &usage);
    if (result == -EINTR) continue;
    if (result < 0 || !info.pid || program_over) return;
    child_changed(&info, &usage);
  }
}
