/* INTERRUPT: the current or next call of a batch ends with EINTR. */
#ifndef BAILIWICK_INTERRUPTS_H
#define BAILIWICK_INTERRUPTS_H

#include <stdint.h>

void interrupt_request(uint32_t number, uint32_t seq);
void interrupt_repeat(void); /* from time to time while there are interrupts_wanted */

#endif
