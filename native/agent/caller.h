/* Whom the agent hears and answers at the moment: one of those who have a stream to it. That is the
 * program in charge, but for the time in which a guest's turn comes (guests.h). */
#ifndef BAILIWICK_CALLER_H
#define BAILIWICK_CALLER_H

#include <stdint.h>

#define NOBODY 0u   /* hears nothing: what is said to it is lost */
#define CALLERS 66u /* with nobody, the program in charge and 64 guests */

extern uint32_t caller;

#endif
