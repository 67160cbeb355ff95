/* What a program asks about kept outputs. */
#ifndef BAILIWICK_KEEP_H
#define BAILIWICK_KEEP_H

#include "../common/sys.h"
#include "../common/wire.h"

/* KEEP: streams of the service are kept from here on, and go on: all of them, or none and -errno.
 */
int64_t keep_outputs(uint32_t service, const struct kept_output *outputs, uint32_t count);
/* OUTPUT: where in the output the stream begins, or -errno. */
int64_t keep_request(uint32_t service, const struct output_request *request);

#endif
