/* Bytes from the caller, cut into frames. */
#ifndef BAILIWICK_INPUT_H
#define BAILIWICK_INPUT_H

#include "loop.h"

long input_open(int fd, enum level level); /* which is the caller's from here on */
void input_pause(void);
long input_go_on(enum level level);
void input_close(void);

#endif
