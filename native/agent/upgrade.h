/* An agent that stands goes on as another image of itself, which a process that was sent here has
 * passed to it. Its services, what it holds, their output and their ends are in its state; callers
 * and threads are not, and come again. */
#ifndef BAILIWICK_UPGRADE_H
#define BAILIWICK_UPGRADE_H

#include "../common/sys.h"

/* Whether the agent could go on as the image that was offered, while nothing has changed for anybody:
 * NULL, or why not, and the image is dropped. */
const char *upgrade_rehearse(void);
/* When nothing but what is kept is left. Executes the image; or returns why it is not that, and
 * drops it. */
const char *upgrade_go(void);

/* ---- the new image ---- */

/* Whether a state can be read, and be what this agent goes on from: ends the process. */
_Noreturn void upgrade_check(int state);
/* Takes the state; gives up when it cannot. */
void upgrade_take(int state);

#endif
