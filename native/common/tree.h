/* Removing a whole tree: PSEUDO_REMOVE_TREE. */
#ifndef BAILIWICK_TREE_H
#define BAILIWICK_TREE_H

#include "sys.h"

int64_t tree_remove(int directory, const char *path);

#endif
