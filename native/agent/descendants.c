/* First nothing may grow any more: all are killed at one time by their cgroup, or stopped. Then
 * children are killed and reaped, their orphans become children of this process (a subreaper),
 * and so on until there is none.
 */
#include "descendants.h"

#include "children.h"
#include "group.h"
#include "settings.h"

#define LAST_PID (1 << 22) /* the most that pid_max can be */

static long killed;

static void end(int32_t pid) {
  killed += sys_kill(pid, SIGNAL_KILL) == 0;
}

/* Asks of every number whether it is a child. Slow (a second or two), and needs nothing. */
static void end_sought(void) {
  for (int32_t pid = 1; pid < LAST_PID; pid++)
    if (sys_5(__NR_waitid, P_PID, pid, NULL, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL) == 0)
      end(pid);
}

static void end_children(void) {
  killed = 0;
  if (settings.is_init)
    end(-1);
  else if (children_each(end) < 0)
    end_sought();
}

static bool has_children(void) {
  return sys_5(__NR_waitid, P_ALL, 0, NULL, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL) != -ECHILD;
}

/* ---- stopping them ---- */

#define STOPPED 65536 /* that are looked at in one pass */
#define PASSES 200
#define PID_IN_INFO 4

static int32_t stopped[STOPPED];
static uint32_t stopped_count;

static void stop(int32_t pid) {
  if (stopped_count == STOPPED || sys_kill(pid, SIGNAL_STOP) < 0) return;
  stopped[stopped_count++] = pid;
}

static void reap_ended(void) {
  int32_t info[32]; /* siginfo_t */
  do info[PID_IN_INFO] = 0;
  while (sys_5(__NR_waitid, P_ALL, 0, info, WEXITED | WNOHANG | __WALL, NULL) == 0 &&
         info[PID_IN_INFO]);
}

/* A process that was sent SIGSTOP makes no more, so that what is below it is all there is. One
 * that ended before it was stopped may have left children, which are found in the next pass. */
static uint32_t stop_once(void) {
  reap_ended();
  stopped_count = 0;
  if (children_each(stop) < 0) return 0;
  for (uint32_t i = 0; i < stopped_count; i++) children_of(stopped[i], stop);
  return stopped_count;
}

/* Until two passes find as many. */
static void stop_all(void) {
  uint32_t before = 0, found = stop_once();
  for (int pass = 0; pass < PASSES && found != before; pass++) {
    before = found;
    found = stop_once();
  }
}

void descendants_end(void) {
  if (has_children() && !settings.is_init && !group_kill()) stop_all();
  while (has_children()) {
    long result;
    end_children();
    do {
      result = sys_5(__NR_waitid, P_ALL, 0, NULL, WEXITED | __WALL, NULL);
      if (result == 0) killed--;
    } while (killed > 0 && result != -ECHILD);
  }
}
