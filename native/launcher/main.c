/* The single executable's first instructions: unpack the official deno, the program and its files
 * once, to a directory that is this user's alone, and become `TITLE run program.js ARGUMENTS`.
 *
 * It is an execve, so the process number, descriptors, signals and exit status are the program's
 * own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deno.h"
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

_Noreturn static void cannot_execute(const char *where) {
  if (errno == ENOENT && access(LOADER, F_OK) < 0)
    die("Cannot run deno: this system has no %s; it needs one with glibc 2.27 or later", LOADER);
  die("Cannot execute %s: %s", where, strerror(errno));
}

static void run_from(const struct place *place, const char *path, const struct pack *pack,
                     char **argv) {
  char runtime[PATH_MAX], program[PATH_MAX];
  const char *name = pack->runtime->name;
  if (snprintf(runtime, sizeof runtime, "%s/%s", path, name) >= (int)sizeof runtime ||
      snprintf(program, sizeof program, "%s/" PACK_PROGRAM, path) >= (int)sizeof program)
    die("The name of %s is too long", path);
  execv(runtime, deno_arguments(pack, program, argv));
  if (errno != EACCES && errno != EPERM) cannot_execute(runtime);
  say("%s does not execute programs: %s; trying another place", place->path, strerror(errno));
}

static void run_from_place(int number, const struct pack *pack, char **argv) {
  struct place place;
  char path[PATH_MAX];
  if (place_open(&place, number)) {
    if (store_open(&place, pack, path)) run_from(&place, path, pack, argv);
    close(place.fd);
  }
  if (place.suspicious) say("Not using %s: %s", place.path, place.why);
}

_Noreturn static void run_from_memory(const struct pack *pack, char **argv) {
  char program[32];
  int program_fd = -1;
  int runtime = memory_open(pack, &program_fd);
  snprintf(program, sizeof program, "/proc/self/fd/%d", program_fd);
  execveat(runtime, "", deno_arguments(pack, program, argv), environ, AT_EMPTY_PATH);
  cannot_execute("from memory");
}

int main(int argc, char **argv) {
  struct pack pack = {0};
  if (argc < 1) die("Cannot start: it was executed without a name");
  pack_open(&pack);
  deno_set_environment();
  for (int number = 0; number < PLACES; number++) run_from_place(number, &pack, argv);
  run_from_memory(&pack, argv);
}
