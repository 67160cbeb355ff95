/* An image of the agent that was passed to the one that stands, which is to go on as that. */
#ifndef BAILIWICK_IMAGE_H
#define BAILIWICK_IMAGE_H

#include "../common/sys.h"

bool image_offer(int fd); /* which is the agent's from here on; false if there is one already */
bool image_is_offered(void);
int image_fd(void);
void image_drop(void);

/* Whether it is an executable of this machine, and all of it is there: the kernel would execute one
 * that is cut, which then ends when it comes to what is missing. */
bool image_is_whole(void);

#endif
