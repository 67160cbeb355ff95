/* An agent that stands goes on as another image of itself, which a process that was sent here has
 * passed to it. Its services, what it holds, their output and their ends are in its state; callers
 * and threads are not, and come again. */
#ifndef BAILIWICK_UPGRADE_H
#define BAILIWICK_UPGRADE_H

#include "../common/sys.h"

/* An image has come, which is the agent's from here on; false if one is tried already. */
bool upgrade_ask(int image);
bool upgrade_is_asked(void);
/* When nothing but what is kept is left. Executes the image; or returns why it is not that, which
 * ends the trial. */
const char *upgrade_go(void);

/* ---- the new image ---- */

/* Whether a state can be read, and be what this agent goes on from: ends the process. */
_Noreturn void upgrade_check(int state);
/* Takes the state; gives up when it cannot. */
void upgrade_take(int state);

#endif
