/* Descriptors that the agent holds by name: they outlive the program that gave them, until it is
 * told to release them or to end. */
#ifndef BAILIWICK_HELD_H
#define BAILIWICK_HELD_H

#include "../common/sys.h"

/* Answers the question that lies in a socket, and closes that; -1 for one that did not arrive. */
void held_answer(int socket);
int64_t held_release(const uint8_t *name, uint32_t length); /* 0 or -ENOENT */
bool held_stand(void); /* there are some */

struct state_record;
void held_save(void);
bool held_restore(const struct state_record *record); /* the next, or the name or note of the last */

/* For the answer to LOOK, as often as it takes: STANDS of the next held descriptor, from `*next`
 * on, which is 0 at first; false when there is none any more. */
bool held_stands(uint32_t *next, uint32_t seq);

#endif
