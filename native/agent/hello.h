/* HELLO: which agent this is, what it speaks, and what host it is on. */
#ifndef BAILIWICK_HELLO_H
#define BAILIWICK_HELLO_H

#include <stdint.h>

void hello_say(uint32_t slots, uint64_t generation);

#endif
