/* Children that ended, stopped or went on, and the news of that, which waits in the table of
 * processes until it may go to the program. */
#ifndef BAILIWICK_ENDS_H
#define BAILIWICK_ENDS_H

#include "../common/sys.h"

long ends_open(void);   /* SIGCHLD is blocked */
void ends_reap(void);   /* what has ended by now */
void ends_tell(void);   /* the news that may go now */
void ends_acknowledge(uint32_t event);
void ends_forget(void); /* without a program: of all that is not kept, as far as it has ended */
void ends_tell_again(void); /* to another program, what was not acknowledged, under its old number */
struct state_record;
void ends_save(void);
bool ends_restore(const struct state_record *record);
void ends_go_on(void); /* what has ended meanwhile */
extern uint32_t ends_count; /* that were seen: so that others may notice new ones */

#endif
