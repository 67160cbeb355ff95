/* How much bulk (bodies of DATA and of large REPLYs) the program lets come. */
#ifndef BAILIWICK_WINDOW_H
#define BAILIWICK_WINDOW_H

#include "../common/sys.h"

void window_begin(uint64_t total); /* of a stream of which nothing was sent yet */
void window_set(uint64_t total); /* that may be sent in all */
uint64_t window_left(void);
void window_use(uint64_t bytes);

#endif
