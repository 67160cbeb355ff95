/* Where a system's resident agent is found: the directory STATE/bailiwick/standing/NODENAME/SYSTEM,
 * and the socket in it. STATE is $XDG_STATE_HOME, or $HOME/.local/state; without both, or where
 * they cannot be made, STATE/bailiwick is /var/tmp/bailiwick-UID. */
#ifndef BAILIWICK_PLACE_H
#define BAILIWICK_PLACE_H

/* Directories, opened, and made if need be. Gives up when one is a link, or somebody else's. */
int place_of_host(void);
int place_of_system(int host);

/* A socket in the directory; the working directory stays. */
long place_bind(int directory, int socket);
long place_connect(int directory, int socket);
void place_unbind(int directory);

#endif
