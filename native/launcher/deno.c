#include "deno.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

/* No configuration file, lock file or package of where it is run becomes part of the program. */
static const char *const fixed[] = {
    "bailiwick",   "run",      "--allow-all", "--no-config", "--no-lock",
    "--no-remote", "--no-npm", "--no-prompt", "--no-check",  "--node-modules-dir=none",
    "--ext=js",
};
#define FIXED (sizeof fixed / sizeof *fixed)

static void set_aside(const char *name, const char *value) {
  char saved[64];
  const char *before = getenv(name);
  snprintf(saved, sizeof saved, "BAILIWICK_SAVED_%s", name);
  if (before) setenv(saved, before, 1);
  setenv(name, value, 1);
}

void deno_set_environment(void) {
  set_aside("DENO_DIR", NO_CACHES);
  set_aside("DENO_NO_UPDATE_CHECK", "1");
  set_aside("DENO_NO_PACKAGE_JSON", "1");
}

char **deno_arguments(char *program, char **argv) {
  size_t count = 0;
  while (argv[count]) count++;
  char **all = calloc(FIXED + count + 1, sizeof *all);
  if (!all) die("Cannot start: %s", strerror(errno));
  memcpy(all, fixed, sizeof fixed);
  all[FIXED] = program;
  for (size_t i = 1; i < count; i++) all[FIXED + i] = argv[i];
  return all;
}
