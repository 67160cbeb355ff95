/* SIGTERM and SIGINT set `stopping`, through the loop; SIGPIPE is ignored. Before there is a loop they
 * can end the process at once, with status 0. */
#ifndef BAILIWICK_STOP_H
#define BAILIWICK_STOP_H

#include <stdbool.h>

extern bool stopping;
void leave_on_stop_signals(void);
void watch_stop_signals(void);

#endif
