/* The directory in which an agent that stands is found. */
#ifndef BAILIWICK_ABODE_H
#define BAILIWICK_ABODE_H

/* From now on it is made again when it was removed, and its socket, too; but not where nothing can
 * tell of that. */
void abode_watch(void);

#endif
