/* Keepers: they only wait, so that when the agent ends in any way, kill -9 included, every process
 * under it is ended too: orphans fall to them. The first is the process that was launched; the
 * second, its child, starts the agent proper. Any two of the three may be killed at one time:
 *
 *   the agent, or it and the first    the second ends everything
 *   the agent and the second          the first does
 *   both keepers, or one of them      the agent is told, and does
 *
 * A keeper that was stopped would keep nothing: the first wakes the second, and the second the
 * first when it has ended everything.
 */
#include "keeper.h"

#include "../common/tree.h"
#include "agent.h"
#include "descendants.h"
#include "group.h"
#include "place.h"
#include "resident.h"
#include "say.h"
#include "settings.h"
#include "upgrade.h"

static const char prefix[] = "/bailiwick-";
#define DIGITS 16
#define NAME_LENGTH (sizeof prefix - 2 + DIGITS) /* without the slash */

#define WRITE_AND_ENTER 3 /* W_OK | X_OK of access(2) */

static bool can_hold_files(const char *directory) {
  long fd = sys_3(__NR_openat, AT_FDCWD, directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return false;
  sys_close((int)fd);
  return sys_3(__NR_faccessat, AT_FDCWD, directory, WRITE_AND_ENTER) == 0;
}

/* A name under TMPDIR, or /tmp if that will not do, that nobody can foresee. */
static void name_temporary(void) {
  const char *parent = settings_variable("TMPDIR");
  uint64_t random = 0;
  if (!parent || parent[0] != '/' || strlen(parent) > sizeof settings.temporary - 64 ||
      !can_hold_files(parent))
    parent = "/tmp";
  if (sys_3(__NR_getrandom, &random, sizeof random, 0) < 0) give_up("cannot get random bytes");
  char *at = settings.temporary;
  memcpy(at, parent, strlen(parent));
  at += strlen(parent);
  memcpy(at, prefix, sizeof prefix - 1);
  at += sizeof prefix - 1;
  for (int i = 0; i < DIGITS; i++, random >>= 4) *at++ = "0123456789abcdef"[random & 15];
}

static uint64_t page_size(char **environment) {
  while (*environment) environment++;
  for (const uint64_t *pair = (const uint64_t *)(environment + 1); pair[0]; pair += 2)
    if (pair[0] == 6 /* AT_PAGESZ */) return pair[1];
  return 4096;
}

static void clean_up(void) {
  if (settings.system) place_unbind(settings.directory);
  descendants_end();
  group_remove();
  tree_remove(AT_FDCWD, settings.temporary);
}

/* 128 and the signal when a signal ended it, as shells do. */
static int exit_status(int32_t status) {
  return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
}

static void keep(const char *name) {
  sys_2(__NR_prctl, PR_SET_NAME, name);
  sys_2(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1);
}

/* The program's stream is the agent's alone, and ends with it; so is what it says before it has begun. */
static void drop_stream(void) {
  sys_close(0);
  sys_close(1);
  if (settings.system) resident_hush();
}

static void run_agent(void *nothing) {
  (void)nothing;
  agent_run();
}

/* ---- the second ---- */

/* Signals are waited for like the agent itself: its end, the first keeper's, and word to go on. */
static int wait_for_agent(int32_t agent, int32_t first) {
  uint64_t set = SIGNAL_BIT(SIGNAL_CHLD) | SIGNAL_BIT(SIGNAL_TERM) | SIGNAL_BIT(SIGNAL_CONT);
  int32_t status;
  sys_4(__NR_rt_sigprocmask, 0 /* SIG_BLOCK */, &set, NULL, 8);
  sys_2(__NR_prctl, PR_SET_PDEATHSIG, SIGNAL_TERM);
  if (sys_0(__NR_getppid) != first) sys_kill(agent, SIGNAL_TERM);
  while (sys_4(__NR_wait4, agent, &status, WNOHANG | __WALL, NULL) != agent) {
    long number = sys_4(__NR_rt_sigtimedwait, &set, NULL, NULL, 8);
    if (number == SIGNAL_TERM || number == SIGNAL_CONT) sys_kill(agent, (int)number);
  }
  return exit_status(status);
}

static void run_second(void *launched) {
  int32_t first = *(int32_t *)launched;
  settings.keeper_pid = (int32_t)sys_0(__NR_getpid);
  keep("bw-keeper");
  long agent = group_fork(run_agent);
  if (sys_failed(agent)) give_up("cannot fork");
  drop_stream();
  int status = wait_for_agent((int32_t)agent, first);
  clean_up();
  if (sys_0(__NR_getppid) == first) sys_kill(first, SIGNAL_CONT);
  sys_exit(status);
}

/* ---- the first ---- */

static int wait_for_second(int32_t second) {
  for (;;) {
    int32_t status;
    long result = sys_4(__NR_wait4, second, &status, WUNTRACED | __WALL, NULL);
    if (result == -EINTR) continue;
    if ((status & 0xff) != 0x7f) return exit_status(status);
    sys_kill(second, SIGNAL_CONT); /* it was stopped */
  }
}

/* The name is a directory's too. */
static bool is_system(const char *name) {
  size_t length = strlen(name);
  for (size_t i = 0; i < length; i++) {
    char c = name[i];
    bool first = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!first && (i == 0 || (c != '.' && c != '_' && c != '-'))) return false;
  }
  return length > 0 && length < 64;
}

static bool is_word(const char *argument, const char *word) {
  return argument && strlen(argument) == strlen(word) && !memcmp(argument, word, strlen(word));
}

static int take_number(const char *text) {
  int number = 0;
  for (; *text >= '0' && *text <= '9' && number < 1 << 20; text++) number = number * 10 + *text - '0';
  return *text ? -1 : number;
}

/* As an image before this one, which has passed its state on, executes it. */
static void take_state(char **arguments) {
  bool checks = is_word(arguments[1], "check");
  if (!checks && !is_word(arguments[1], "resume")) return;
  if (!arguments[2] || !arguments[3] || !is_system(arguments[3])) give_up("there is no state");
  settings.system = arguments[3];
  if (checks) upgrade_check(take_number(arguments[2]));
  upgrade_take(take_number(arguments[2]));
  settings.resumes = true;
}

static void take_arguments(char **arguments) {
  if (!arguments[0] || !arguments[1]) return;
  settings.upgrades = arguments[2] && is_word(arguments[3], "upgrade");
  if (!is_word(arguments[1], "standing") || !arguments[2] ||
      (arguments[3] && !settings.upgrades) || !is_system(arguments[2]))
    give_up("usage: agent [standing SYSTEM [upgrade [IMAGE]]]; a SYSTEM is 1 to 63 of a-z, 0-9, '.', '_' "
            "and '-', and begins with a letter or digit");
  settings.system = arguments[2];
  settings.image = settings.upgrades ? arguments[4] : NULL;
}

_Noreturn void keeper_run(char **arguments, char **environment) {
  settings.environment = environment;
  settings.page_size = page_size(environment);
  settings.is_init = sys_0(__NR_getpid) == 1;
  if (arguments[0] && arguments[1]) take_state(arguments);
  if (settings.resumes) agent_run();
  take_arguments(arguments);
  sys_3(__NR_close_range, 3, ~0u, 0);
  if (settings.system && settings.is_init)
    settings.directory = resident_place();
  else if (settings.system)
    resident_run();
  int32_t pid = (int32_t)sys_0(__NR_getpid), unused;
  name_temporary();
  if (settings.is_init) agent_run();

  keep("bw-keeper");
  group_make(settings.temporary + strlen(settings.temporary) - NAME_LENGTH);
  long second = sys_spawn(SIGNAL_CHLD, NULL, &unused, run_second, &pid);
  if (sys_failed(second)) give_up("cannot fork");
  drop_stream();
  int status = wait_for_second((int32_t)second);
  clean_up();
  sys_exit(status);
}
