#include "deno.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

/* No configuration file, lock file or package of where it is run becomes part of the program. */
static const char *const fixed[] = {
    NULL /* the title */,
    "run",
    "--allow-all",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--no-prompt",
    "--no-check",
    "--node-modules-dir=none",
    "--ext=js",
};
#define SAVED "BAILIWICK_SAVED_"
#define FIXED (sizeof fixed / sizeof *fixed)

/* What deno reads of these would make another runtime of it: NODE_OPTIONS, for one, which editors
 * set, has it load modules of theirs. */
static const char *const prefixes[] = {"DENO_", "NODE_", "OTEL_", NULL};

/* How this machine reaches and trusts others stays. */
static const char *const kept[] = {"DENO_CERT",          "DENO_TLS_CA_STORE",  "NODE_EXTRA_CA_CERTS",
                                   "NODE_USE_SYSTEM_CA", "NODE_USE_ENV_PROXY", NULL};

static bool begins(const char *variable, const char *prefix) {
  return !strncmp(variable, prefix, strlen(prefix));
}

static bool is_kept(const char *variable) {
  size_t length = strcspn(variable, "=");
  for (const char *const *name = kept; *name; name++)
    if (strlen(*name) == length && !memcmp(*name, variable, length)) return true;
  return false;
}

static bool is_denos(const char *variable) {
  for (const char *const *prefix = prefixes; *prefix; prefix++)
    if (begins(variable, *prefix)) return !is_kept(variable);
  return false;
}

static char *set_aside(const char *variable) {
  char *saved = malloc(sizeof SAVED + strlen(variable));
  if (!saved) die("Cannot start: %s", strerror(errno));
  strcpy(stpcpy(saved, SAVED), variable);
  return saved;
}

/* The program keeps a copy of itself, when it is to be run again after another has been put here. */
static void name_executable(void) {
  static char path[PATH_MAX];
  ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length > 0) setenv("BAILIWICK_EXECUTABLE", path, 1);
}

void deno_set_environment(void) {
  for (char **variable = environ; *variable; variable++)
    if (is_denos(*variable)) *variable = set_aside(*variable);
  setenv("DENO_DIR", NO_CACHES, 1);
  setenv("DENO_NO_UPDATE_CHECK", "1", 1);
  setenv("DENO_NO_PACKAGE_JSON", "1", 1);
  name_executable();
}

char **deno_arguments(const struct pack *pack, char *program, char **argv) {
  size_t count = 0;
  while (argv[count]) count++;
  char **all = calloc(FIXED + count + 1, sizeof *all);
  if (!all) die("Cannot start: %s", strerror(errno));
  memcpy(all, fixed, sizeof fixed);
  all[0] = (char *)(uintptr_t)pack_title(pack);
  all[FIXED] = program;
  for (size_t i = 1; i < count; i++) all[FIXED + i] = argv[i];
  return all;
}
