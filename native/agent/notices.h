/* What threads say over their control sockets, and what their end means. */
#ifndef BAILIWICK_NOTICES_H
#define BAILIWICK_NOTICES_H

#include "../common/sys.h"

void notice_ready(uint32_t slot); /* something was said, or the socket ended */
/* Of a process that was reaped: takes what is left and answers for it; false when that cannot go
 * to the program yet. */
bool notices_finish(uint32_t number);

/* Replies that wait for the window, oldest first. */
bool replies_wait(void);
void replies_tell(void); /* those that may go now */

#endif
