/* The end of every descendant, whatever it did to get away: children are killed and reaped, their
 * orphans become children of this process (a subreaper), and so on until there is none. */
#include "agent.h"

#define LAST_PID (1 << 22) /* the most that pid_max can be */

struct digits {
  int32_t value;
  bool any;
};

/* Kills the process when a number ends here. */
static long feed(struct digits *digits, char byte) {
  if (byte >= '0' && byte <= '9') {
    digits->value = digits->value * 10 + (byte - '0');
    digits->any = true;
    return 0;
  }
  long killed = digits->any && sys_kill(digits->value, SIGNAL_KILL) == 0;
  *digits = (struct digits){0, false};
  return killed;
}

/* Whether /proc is there, and of this PID namespace: else its numbers are other processes here. */
static bool proc_is_ours(void) {
  char text[16];
  int32_t value = 0;
  long length = sys_4(__NR_readlinkat, AT_FDCWD, "/proc/self", text, sizeof text);
  for (long i = 0; i < length; i++) value = value * 10 + (text[i] - '0');
  return length > 0 && value == sys_0(__NR_getpid);
}

/* -ENOENT when there is no list. */
static long kill_listed(void) {
  const char *list = "/proc/thread-self/children";
  long fd = sys_3(__NR_openat, AT_FDCWD, list, O_RDONLY | O_CLOEXEC), length, killed = 0;
  if (fd < 0) return -ENOENT;
  struct digits digits = {0, false};
  char bytes[1024];
  while ((length = sys_read((int)fd, bytes, sizeof bytes)) > 0)
    for (long i = 0; i < length; i++) killed += feed(&digits, bytes[i]);
  sys_close((int)fd);
  return killed + feed(&digits, ' ');
}

/* Asks of every number whether it is a child. Slow (a second or two), and needs nothing. */
static long kill_sought(void) {
  long killed = 0;
  for (int32_t pid = 1; pid < LAST_PID; pid++)
    if (sys_5(__NR_waitid, P_PID, pid, NULL, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL) == 0)
      killed += sys_kill(pid, SIGNAL_KILL) == 0;
  return killed;
}

static long kill_children(void) {
  if (settings.is_init) return sys_kill(-1, SIGNAL_KILL) == 0;
  long killed = proc_is_ours() ? kill_listed() : -ENOENT;
  return killed < 0 ? kill_sought() : killed;
}

static bool has_children(void) {
  return sys_5(__NR_waitid, P_ALL, 0, NULL, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL) != -ECHILD;
}

void kill_descendants(void) {
  while (has_children()) {
    long killed = kill_children(), result;
    do {
      result = sys_5(__NR_waitid, P_ALL, 0, NULL, WEXITED | __WALL, NULL);
      if (result == 0) killed--;
    } while (killed > 0 && result != -ECHILD);
  }
}
