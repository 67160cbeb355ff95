/* Whose an orphan is: its session is the process's own, or the process's instance stands in its
 * environment. A session's number is no other process's while one of the session is there. What
 * has left the session and has another environment is not found; it ends with the host.
 */
#include "sweep.h"

#include "children.h"
#include "processes.h"

#define KILLED 256 /* orphans that are remembered between their SIGKILL and their end */

static const char variable[] = "BAILIWICK_INSTANCE=";
#define NAME (sizeof variable - 1)
#define DIGITS 16

static int32_t killed[KILLED];

static bool was_killed(int32_t pid) {
  for (uint32_t i = 0; i < KILLED; i++)
    if (killed[i] == pid) return true;
  return false;
}

static void remember(int32_t pid) {
  for (uint32_t i = 0; i < KILLED; i++) {
    if (killed[i]) continue;
    killed[i] = pid;
    return;
  }
}

static uint64_t parse(const char *digits) {
  uint64_t value = 0;
  for (int i = 0; i < DIGITS; i++) {
    char digit = digits[i];
    bool decimal = digit >= '0' && digit <= '9';
    if (!decimal && (digit < 'a' || digit > 'f')) return 0;
    value = value << 4 | (uint64_t)(decimal ? digit - '0' : digit - 'a' + 10);
  }
  return value;
}

/* The instance in an environment, of which `bytes` may be a part: 0 when it is not there as a
 * whole. */
static uint64_t find(const char *bytes, long length) {
  for (long at = 0; at + (long)(NAME + DIGITS) <= length; at++)
    if (bytes[at] == variable[0] && (!at || !bytes[at - 1]) && !memcmp(bytes + at, variable, NAME))
      return parse(bytes + at + NAME);
  return 0;
}

/* 0: there is none, or it may not be read. */
static uint64_t instance_of(int32_t pid) {
  static char bytes[16384];
  const long keep = NAME + DIGITS; /* a variable that is not whole yet */
  uint64_t instance = 0;
  long held = 0, got;
  long fd = proc_open(pid, "environ");
  if (fd < 0) return 0;
  while (!instance && (got = sys_read((int)fd, bytes + held, sizeof bytes - (size_t)held)) > 0) {
    held += got;
    instance = find(bytes, held);
    if (held <= keep) continue;
    memmove(bytes, bytes + held - keep, (size_t)keep);
    held = keep;
  }
  sys_close((int)fd);
  return instance;
}

static struct process *owner_of(int32_t pid) {
  uint32_t number = process_find((int32_t)sys_1(__NR_getsid, pid));
  if (number == WIRE_NUMBERS) {
    uint64_t instance = instance_of(pid);
    if (instance) number = process_of_instance(instance);
  }
  return number == WIRE_NUMBERS ? NULL : process_at(number);
}

static bool forget(int32_t pid) {
  for (uint32_t i = 0; i < KILLED; i++) {
    if (killed[i] != pid) continue;
    killed[i] = 0;
    return true;
  }
  return false;
}

/* One that was in the group of a process that has ended was killed with that, before any pass. */
void sweep_reaps(int32_t pid, bool was_forced) {
  if (forget(pid) || !was_forced) return;
  uint32_t number = process_find((int32_t)sys_1(__NR_getsid, pid));
  if (number == WIRE_NUMBERS) return;
  struct process *owner = process_at(number);
  if (owner->state == PROCESS_ENDED) owner->ended.swept++;
}

static uint32_t seen;

static void look_at(int32_t pid) {
  seen++;
  uint32_t number = process_find(pid);
  if (number != WIRE_NUMBERS && process_at(number)->state == PROCESS_RUNS) return;
  struct process *owner = owner_of(pid);
  if (!owner || owner->state != PROCESS_ENDED) return;
  owner->sweeping = true;
  if (was_killed(pid) || sys_kill(pid, SIGNAL_KILL) < 0) return;
  remember(pid);
  owner->ended.swept++;
}

uint32_t sweep(void) {
  seen = 0;
  children_each(look_at);
  return seen;
}
