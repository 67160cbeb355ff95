#ifndef BAILIWICK_REMOVE_H
#define BAILIWICK_REMOVE_H

/* Removes `name` in the directory `fd`, and what is below it; follows no symbolic link. Best
 * effort: what cannot be removed is found by whoever needs the name next. */
void remove_tree(int fd, const char *name);

#endif
