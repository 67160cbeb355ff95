/* SIGTERM and SIGINT set `stopping`, through the loop; SIGPIPE is ignored. */
#ifndef BAILIWICK_STOP_H
#define BAILIWICK_STOP_H

#include <stdbool.h>

extern bool stopping;
void watch_stop_signals(void);

#endif
