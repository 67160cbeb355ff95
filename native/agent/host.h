/* What stands on the host, and what is done to one process of it. */
#ifndef BAILIWICK_HOST_H
#define BAILIWICK_HOST_H

#include "../common/sys.h"
#include "../common/wire.h"

int64_t host_signal(uint32_t number, const struct signal_request *request);

int64_t host_keep(uint32_t number, const uint8_t *body, uint32_t length); /* KEEP */

/* A LOOK is answered as the caller takes the answers; one at a time. */
void host_look(uint32_t seq);
void host_look_no_more(void);
bool host_is_looking(void);
void host_tell(void); /* what may go now */

#endif
