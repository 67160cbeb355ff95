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
/* Who has sent an image is told why the agent is not that; else by the image that it is. */
void door_answer(const char *why);

void door_part(const char *why); /* all who have a stream are told why it ends */

struct state_record;
void door_save(void);
bool door_restore(const struct state_record *record);
bool door_is_restored(void);
long door_go_on(void);

void door_turn(void); /* tells guests what may go now, and lets go whose stream is over */

#endif
