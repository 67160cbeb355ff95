/* The children of this process, also those that ended and were not reaped, and what is below
 * them. */
#ifndef BAILIWICK_CHILDREN_H
#define BAILIWICK_CHILDREN_H

#include "../common/sys.h"

/* Early, for when there may be no more descriptors; else it is done when it is needed. */
void children_open(void);

/* -ENOENT when there is no list: no /proc, or one of another PID namespace. Nothing may be reaped
 * while it is read. */
long children_each(void (*each)(int32_t pid));
/* Those of another process's first thread. */
void children_of(int32_t pid, void (*each)(int32_t pid));

/* /proc/PID/FILE, opened. */
long proc_open(int32_t pid, const char *file);

#endif
