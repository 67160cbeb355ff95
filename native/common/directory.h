/* What is in a directory. */
#ifndef BAILIWICK_DIRECTORY_H
#define BAILIWICK_DIRECTORY_H

#include "sys.h"

#define ENTRY_DIRECTORY 4 /* DT_DIR */

struct entry { /* of getdents64(2) */
  uint64_t inode;
  int64_t next;
  uint16_t length;
  uint8_t type;
  char name[];
};

struct listing {
  int directory;
  long at, length; /* of the buffer; negative: the error that ended it */
  uint64_t buffer[256];
};

long directory_open(int directory, const char *path); /* not through a symbolic link */
void listing_start(struct listing *listing, int directory);
const struct entry *listing_next(struct listing *listing); /* without "." and "..", then NULL */

#endif
