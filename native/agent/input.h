/* Bytes from the program, cut into frames. */
#ifndef BAILIWICK_INPUT_H
#define BAILIWICK_INPUT_H

long input_open(int fd);

#endif
