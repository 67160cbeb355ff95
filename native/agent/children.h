/* The children of this process, also those that ended and were not reaped. */
#ifndef BAILIWICK_CHILDREN_H
#define BAILIWICK_CHILDREN_H

#include "../common/sys.h"

/* -ENOENT when there is no list: no /proc, or one of another PID namespace. Nothing may be reaped while
 * it is read. */
long children_each(void (*each)(int32_t pid));

#endif
