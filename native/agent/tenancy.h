/* How the agent that stands goes from one program to the next. Of the one before all ends that it
 * did not keep, and only then is the next in charge: nothing is left that the one before could do
 * anything by. */
#ifndef BAILIWICK_TENANCY_H
#define BAILIWICK_TENANCY_H

#include "../common/sys.h"

void tenancy_go_on(void); /* as far as processes have ended */
bool tenancy_is_idle(void);   /* there is neither a program nor anything that one has left */
bool tenancy_has_begun(void); /* whether the program in charge was told what stands */

#endif
