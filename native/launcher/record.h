/* `verified`: what each unpacked file was when it was hashed, and each of deno's caches when it was
 * made from them. */
#ifndef BAILIWICK_RECORD_H
#define BAILIWICK_RECORD_H

#include "pack.h"

/* Whether the record in `dir` is of this pack and this boot, every file still is as recorded, and
 * those to be hashed at each start have their hash. */
bool record_holds(int dir, const struct pack *pack);

/* Hashes every file in `dir`, whose path is `path`, makes the caches and writes the record. False
 * when a file is not as it was packed (errno 0), or the record cannot be written (errno). */
bool record_make(int dir, const char *path, const struct pack *pack);

#endif
