/* What a thread does, from its clone until it executes a program or ends. */
#ifndef BAILIWICK_THREAD_H
#define BAILIWICK_THREAD_H

#include "slots.h"

void thread_main(struct slot *slot); /* does not return */

#endif
