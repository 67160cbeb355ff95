/* Running without any directory: each packed file in a sealed memfd. */
#ifndef BAILIWICK_MEMORY_H
#define BAILIWICK_MEMORY_H

#include "pack.h"

/* Puts every file into memory and sets BAILIWICK_MEMORY to "NAME=FD NAME=FD ..." for the program,
 * which finds them as /proc/self/fd/FD. Returns the runtime's descriptor, which is closed on exec,
 * and the program's through `program`. Ends the process when that fails. */
int memory_open(const struct pack *pack, int *program);

#endif
