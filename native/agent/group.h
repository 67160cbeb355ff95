/* A cgroup of the agent's own, where one can be made: everything on the host is in it, whatever
 * it did to get away, so that all can be killed at one time. It needs no controllers. */
#ifndef BAILIWICK_GROUP_H
#define BAILIWICK_GROUP_H

#include "../common/sys.h"

void group_make(const char *name);
/* As fork(2); the child is in the group, if there is one. */
long group_fork(void (*run)(void *));
bool group_kill(void);   /* all but this process; false when that cannot be */
struct state_record;
void group_save(void);
bool group_restore(const struct state_record *record);
void group_remove(void); /* when all have ended */

#endif
