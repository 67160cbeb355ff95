/* Streams to descriptors: what the program wrote is written. */
#ifndef BAILIWICK_WRITES_H
#define BAILIWICK_WRITES_H

#include "../common/sys.h"

void stream_writable(uint32_t number);
/* A returned text is a rule that the program has broken. */
const char *stream_write_begin(uint32_t number, uint32_t length);
void stream_write(uint32_t number, const uint8_t *bytes, uint32_t length);

#endif
