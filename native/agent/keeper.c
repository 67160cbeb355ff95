/* The keeper: the process that was launched. It starts the agent proper and only waits for it, so
 * that when the agent ends in any way, kill -9 included, every process under it is ended too:
 * orphans fall to the keeper. When the keeper is killed the agent is told, and does the same. */
#include "keeper.h"

#include "../common/tree.h"
#include "agent.h"
#include "descendants.h"
#include "group.h"
#include "say.h"
#include "settings.h"

static const char *variable(char **environment, const char *name) {
  size_t length = strlen(name);
  for (; *environment; environment++)
    if (!memcmp(*environment, name, length) && (*environment)[length] == '=')
      return *environment + length + 1;
  return NULL;
}

static const char prefix[] = "/bailiwick-";
#define DIGITS 16
#define NAME_LENGTH (sizeof prefix - 2 + DIGITS) /* without the slash */

/* A name under TMPDIR that nobody can foresee. */
static void name_temporary(void) {
  const char *parent = variable(settings.environment, "TMPDIR");
  uint64_t random = 0;
  if (!parent || parent[0] != '/' || strlen(parent) > sizeof settings.temporary - 64)
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

static void run_agent(void *nothing) {
  (void)nothing;
  agent_run();
}

/* 128 and the signal when a signal ended it, as shells do. */
static int wait_for(int32_t pid) {
  int32_t status;
  long result;
  do result = sys_4(__NR_wait4, pid, &status, __WALL, NULL);
  while (result == -EINTR);
  return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
}

_Noreturn void keeper_run(char **environment) {
  settings.environment = environment;
  settings.page_size = page_size(environment);
  settings.is_init = sys_0(__NR_getpid) == 1;
  name_temporary();
  sys_3(__NR_close_range, 3, ~0u, 0);
  if (settings.is_init) agent_run();

  settings.keeper_pid = (int32_t)sys_0(__NR_getpid);
  sys_2(__NR_prctl, PR_SET_NAME, "bw-keeper");
  sys_2(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1);
  group_make(settings.temporary + strlen(settings.temporary) - NAME_LENGTH);
  long pid = group_fork(run_agent);
  if (sys_failed(pid)) give_up("cannot fork");
  sys_close(0);
  sys_close(1);
  int status = wait_for((int32_t)pid);
  descendants_end();
  group_remove();
  tree_remove(AT_FDCWD, settings.temporary);
  sys_exit(status);
}
