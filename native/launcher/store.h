/* The unpacked files: a directory of a place, named after the pack's hash, and how they are
 * trusted.
 *
 *   PLACE/lock       held while anything is made, replaced or removed
 *   PLACE/.new       being made; complete or not, it is never used under this name
 *   PLACE/ID/        the files (0500 or 0400), `caches` (caches.h), and `verified`: what each of
 * them was when it was hashed or made; while that is missing nothing is used
 *
 * Hashing a hundred megabytes at each start would take longer than starting does. So each file is
 * hashed when it is unpacked and once after each boot, and its inode, size, mtime and ctime are
 * then recorded. Any later write changes ctime, which only the kernel sets, so an equal record
 * means equal bytes. What the program loads into itself is small, and is hashed at each start all
 * the same. */
#ifndef BAILIWICK_STORE_H
#define BAILIWICK_STORE_H

#include "pack.h"
#include "place.h"

/* Makes sure that `place` holds the pack's files, unpacking or rebuilding what is missing or
 * changed, and puts their directory's path into `path` (PATH_MAX bytes). False with place->why when
 * this place cannot be written; ends the process when its disk is full. */
bool store_open(struct place *place, const struct pack *pack, char *path);

#endif
