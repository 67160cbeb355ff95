/* Signs of life, both ways, for streams that can die without an end. */
#ifndef BAILIWICK_ALIVE_H
#define BAILIWICK_ALIVE_H

#include <stdint.h>

/* Without a byte of the program for so long the agent ends everything; 0: never. `read_input`
 * takes what is there. */
void alive_within(uint32_t milliseconds, void (*read_input)(void));

#endif
