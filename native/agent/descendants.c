/* The end of every descendant, whatever it did to get away: children are killed and reaped, their
 * orphans become children of this process (a subreaper), and so on until there is none. */
#include "agent.h"

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

static long kill_children(const char *list) {
  long fd = sys_3(__NR_openat, AT_FDCWD, list, O_RDONLY | O_CLOEXEC), length, killed = 0;
  if (fd < 0) return 0;
  struct digits digits = {0, false};
  char bytes[1024];
  while ((length = sys_read((int)fd, bytes, sizeof bytes)) > 0)
    for (long i = 0; i < length; i++) killed += feed(&digits, bytes[i]);
  sys_close((int)fd);
  return killed + feed(&digits, ' ');
}

void kill_descendants(void) {
  for (;;) {
    long killed = kill_children("/proc/thread-self/children"), result;
    if (settings.is_init) sys_kill(-1, SIGNAL_KILL);
    do {
      result = sys_5(__NR_waitid, P_ALL, 0, NULL, WEXITED | __WALL, NULL);
      if (result == 0) killed--;
    } while (killed > 0 && result != -ECHILD);
    if (result == -ECHILD) return;
  }
}
