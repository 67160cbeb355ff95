/* Written before the first thread is cloned, then only read. */
#ifndef BAILIWICK_SETTINGS_H
#define BAILIWICK_SETTINGS_H

#include "../common/sys.h"

struct settings {
  const char *system; /* that it stands for; NULL: it ends with its program */
  int directory; /* of the system */
  uint32_t slots;
  char **environment;
  char temporary[256];    /* removed at the end; the program may never make it */
  uint64_t signal_mask;   /* that the process was started with */
  uint64_t file_limit[2]; /* RLIMIT_NOFILE that it was started with */
  uint64_t page_size;
  int32_t keeper_pid; /* 0: there is none */
  int32_t agent_pid;
  bool upgrades; /* it has the resident go on as another image first: */
  const char *image; /* this one; NULL: its own */
  bool resumes; /* it goes on from the state of another image */
  bool is_init; /* of a PID namespace: there is no keeper */
  bool adopts;  /* orphans become the agent's children; not so under qemu-user, unless it is init */
};
extern struct settings settings;

struct state_record;
void settings_save(void);
bool settings_restore(const struct state_record *record);

const char *settings_variable(const char *name); /* of the environment, or NULL */

#endif
