/* Bulk data goes from a pipe through a pipe of the agent's own, so that it is moved and not
 * copied, and how much there is is known before the frame begins. A pipe that was found full is
 * made larger, as long as few are: an ordinary user's pipes may hold 64 MiB in all, and new ones
 * have one page when that is used up. */
#ifndef BAILIWICK_BULK_H
#define BAILIWICK_BULK_H

#include "../common/sys.h"

struct bulk { /* of one stream */
  bool large;
};

/* Sends up to `want` bytes of a large pipe as DATA; how many, 0 or less where that cannot be. */
long bulk_move(const struct bulk *bulk, int fd, uint32_t stream, uint32_t want);
/* So many bytes were read at once. */
void bulk_saw(struct bulk *bulk, int fd, uint32_t bytes);
void bulk_end(struct bulk *bulk);

#endif
