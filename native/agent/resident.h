/* The agent that was sent to a host where its system may have a resident one already. */
#ifndef BAILIWICK_RESIDENT_H
#define BAILIWICK_RESIDENT_H

/* Finds or starts the resident agent, passes its stream to it and ends with that. It returns only
 * in the process that becomes the resident. */
void resident_run(void);

int resident_place(void); /* the directory of its system; gives up when there can be none */

void resident_hush(void); /* standard error is what it says until it has begun; now it is nothing */

#endif
