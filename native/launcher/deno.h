/* Becoming `TITLE run PROGRAM ARGUMENTS`. */
#ifndef BAILIWICK_DENO_H
#define BAILIWICK_DENO_H

#include "pack.h"

/* For DENO_DIR: cannot be made, so deno keeps its caches in memory. */
#define NO_CACHES "/dev/null/none"

/* Deno takes these settings from the environment only. What was there before travels as
 * BAILIWICK_SAVED_NAME, and the program's first lines (lib/compile/start.ts) put it back. */
void deno_set_environment(void);

/* The whole argument list, the launcher's own `argv` without its first after deno's. Never freed.
 */
char **deno_arguments(const struct pack *pack, char *program, char **argv);

#endif
