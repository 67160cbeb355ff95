/* Children are killed and reaped, their orphans become children of this process (a subreaper), and so on
 * until there is none. */
#include "descendants.h"

#include "children.h"
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

void descendants_end(void) {
  while (has_children()) {
    long result;
    end_children();
    do {
      result = sys_5(__NR_waitid, P_ALL, 0, NULL, WEXITED | __WALL, NULL);
      if (result == 0) killed--;
    } while (killed > 0 && result != -ECHILD);
  }
}
