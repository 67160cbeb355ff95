/* Where the streams of programs come to an agent that stands. Who has come is a caller: the program
 * in charge, or a guest, which is never waited for. */
#ifndef BAILIWICK_DOOR_H
#define BAILIWICK_DOOR_H

#include "../common/sys.h"

long door_open(void); /* also again, in another directory */
bool door_is_idle(void); /* nobody is there any more */
void door_close(void);
/* A stream that did not come through the door, which is to be heard first. */
long door_admit(int input, int output);
void door_turn(void); /* tells guests what may go now, and lets go whose stream is over */

#endif
