/* The end of every descendant, whatever it did to get away. */
#ifndef BAILIWICK_DESCENDANTS_H
#define BAILIWICK_DESCENDANTS_H

void descendants_end(void); /* returns when there is none */

#endif
