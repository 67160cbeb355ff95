/* Where a system's resident agent is found: the directory STATE/bailiwick/standing/NODENAME/SYSTEM,
 * and the socket in it. STATE is $XDG_STATE_HOME, or $HOME/.local/state; without both, or where
 * they cannot be made, STATE/bailiwick is /var/tmp/bailiwick-UID. */
#ifndef BAILIWICK_PLACE_H
#define BAILIWICK_PLACE_H

#include <stdbool.h>

#define LOCK_EXCLUSIVE 2 /* flock(2) of a directory */
#define LOCK_TRIES 4
#define LOCK_NONE 8

/* Directories, opened, and made if need be; negative when one is a link, or somebody else's, or
 * cannot be made. That of the host is asked for first. */
int place_of_host(void);
int place_of_system(int host);
const char *place_fault(void); /* what is wrong with which */

/* A socket in the directory; the working directory stays. */
long place_bind(int directory, int socket);
long place_connect(int directory, int socket);
void place_unbind(int directory);

/* Whether it can be found there. A descriptor of inotify(7) tells of what may have changed that. */
long place_watch(int directory, int notices);
bool place_is(int directory, int other); /* the same directory */
bool place_has_socket(int directory);

#endif
