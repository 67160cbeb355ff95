/* The single executable's first instructions: unpack the official deno, the program and its assets
 * once, to a directory that is this user's alone, and become `bailiwick run program.js ARGUMENTS`.
 *
 * It is an execve, so the process number, descriptors, signals and exit status are the program's
 * own. Deno needs three settings that it takes from the environment only; the values that were
 * there travel as BAILIWICK_SAVED_NAME, and the program's first lines (scripts/compile/start.js)
 * put them back. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"
#include "pack.h"
#include "place.h"
#include "say.h"
#include "store.h"

#ifdef __x86_64__
#define LOADER "/lib64/ld-linux-x86-64.so.2"
#else
#define LOADER "/lib/ld-linux-aarch64.so.1"
#endif

/* No configuration file, lock file or package of the place it is run in becomes part of the
 * program.
 */
static const char *const deno_arguments[] = {
    "bailiwick",
    "run",
    "--allow-all",
    "--no-config",
    "--no-lock",
    "--no-remote",
    "--no-npm",
    "--no-prompt",
    "--no-check",
    "--no-code-cache",
    "--node-modules-dir=none",
    "--ext=js",
};
#define DENO_ARGUMENTS (sizeof deno_arguments / sizeof *deno_arguments)

static void set_aside(const char *name, const char *value) {
  char saved[64];
  const char *before = getenv(name);
  snprintf(saved, sizeof saved, "BAILIWICK_SAVED_%s", name);
  if (before) setenv(saved, before, 1);
  setenv(name, value, 1);
}

static void set_environment(void) {
  set_aside("DENO_DIR", "/dev/null/none"); /* cannot be made, so deno keeps its caches in memory */
  set_aside("DENO_NO_UPDATE_CHECK", "1");
  set_aside("DENO_NO_PACKAGE_JSON", "1");
}

static char **make_arguments(int argc, char **argv, char *program) {
  char **all = calloc(DENO_ARGUMENTS + (size_t)argc + 2, sizeof *all);
  if (!all) die("Cannot start: %s", strerror(errno));
  memcpy(all, deno_arguments, sizeof deno_arguments);
  all[DENO_ARGUMENTS] = program;
  for (int i = 1; i < argc; i++) all[DENO_ARGUMENTS + (size_t)i] = argv[i];
  return all;
}

_Noreturn static void cannot_execute(const char *where) {
  if (errno == ENOENT && access(LOADER, F_OK) < 0)
    die("Cannot run deno: this system has no %s; it needs one with glibc 2.27 or later", LOADER);
  die("Cannot execute %s: %s", where, strerror(errno));
}

static void run_from(const struct place *place, const char *path, int argc, char **argv) {
  char runtime[PATH_MAX], program[PATH_MAX];
  if (snprintf(runtime, sizeof runtime, "%s/" PACK_RUNTIME, path) >= (int)sizeof runtime ||
      snprintf(program, sizeof program, "%s/" PACK_PROGRAM, path) >= (int)sizeof program)
    die("The name of %s is too long", path);
  execv(runtime, make_arguments(argc, argv, program));
  if (errno != EACCES && errno != EPERM) cannot_execute(runtime);
  say("%s does not execute programs: %s; trying another place", place->path, strerror(errno));
}

static void run_from_place(int number, const struct pack *pack, int argc, char **argv) {
  struct place place;
  char path[PATH_MAX];
  if (place_open(&place, number)) {
    if (store_open(&place, pack, path)) run_from(&place, path, argc, argv);
    close(place.fd);
  }
  if (place.suspicious) say("Not using %s: %s", place.path, place.why);
}

_Noreturn static void run_from_memory(const struct pack *pack, int argc, char **argv) {
  char program[32];
  int program_fd = -1;
  int runtime = memory_open(pack, &program_fd);
  snprintf(program, sizeof program, "/proc/self/fd/%d", program_fd);
  execveat(runtime, "", make_arguments(argc, argv, program), environ, AT_EMPTY_PATH);
  cannot_execute("from memory");
}

int main(int argc, char **argv) {
  struct pack pack;
  pack_open(&pack);
  set_environment();
  for (int number = 0; number < PLACES; number++) run_from_place(number, &pack, argc, argv);
  run_from_memory(&pack, argc, argv);
}
