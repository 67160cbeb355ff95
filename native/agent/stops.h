/* STOP: processes that end level by level. */
#ifndef BAILIWICK_STOPS_H
#define BAILIWICK_STOPS_H

#include "../common/sys.h"

long stops_open(void);
void stop_request(uint32_t seq, const uint8_t *body, uint32_t length);
void stops_forget(void);  /* who asked for them is gone */
void stops_go_on(void); /* as far as their processes have ended, and the program was told */

#endif
