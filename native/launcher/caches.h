/* What deno compiled: a third of a start's time is spent compiling what was compiled before.
 *
 * Deno keeps compiled code in SQLite databases below DENO_DIR and believes them: with a few bits of
 * one flipped it has been seen to spin for ever. So it never gets to write to the ones it reads
 * next time.
 *
 *   PLACE/ID/caches/   made once, by deno, which the program's first lines end before the program
 *                      itself begins; then 0400, and recorded in `verified` as the unpacked files
 *                      are
 *   PLACE/run-PID/     a copy for one run, which the program's first lines remove again
 *
 * Without them everything works, only slower; so nothing here is an error. */
#ifndef BAILIWICK_CACHES_H
#define BAILIWICK_CACHES_H

#include "pack.h"

#define CACHES "caches"
#define CACHE_FILES 6

/* Relative to PLACE/ID; any of them may be missing. */
extern const char *const cache_files[CACHE_FILES];

/* Makes PLACE/ID/caches anew; `dir` is PLACE/ID, and `path` its path. */
void caches_make(int dir, const char *path, const struct pack *pack);

/* Copies them for this process and lets DENO_DIR say so. */
void caches_lend(int place, const char *place_path, int dir);

#endif
