/* A directory of this user alone, on a filesystem that executes, that nobody else can replace. */
#ifndef BAILIWICK_PLACE_H
#define BAILIWICK_PLACE_H

#include <limits.h>
#include <stdbool.h>

#define PLACES 4 /* as many as place_open() knows */

struct place {
  int fd;
  char path[PATH_MAX];
  char why[256];   /* why it was refused */
  bool suspicious; /* refused because somebody else could have prepared it */
};

/* Opens the `number`th place, 0 being the best; makes the directory where it is missing. False with
 * `why` when it is refused. The caller owns `fd`. */
bool place_open(struct place *place, int number);

/* Whether `fd` is a directory of this user, mode 0700. */
bool is_private(int fd);

#endif
