/* Removes a directory tree, however deep, with few descriptors and little stack.
 *
 * Each directory is listed again after a change, until a listing finds nothing; a directory's
 * parent is listed again when it is empty, which removes it. No name is remembered. A directory
 * deeper than LEVELS is first moved up beside the tree's other entries. rmdir(2) refuses a mount
 * point with EBUSY before it looks whether the directory is empty, so that a mount is never
 * entered.
 */
#include "tree.h"

#include "directory.h"

#define LEVELS 16
#define NO_REPLACE 1 /* RENAME_NOREPLACE */

struct walk {
  int fds[LEVELS];
  int level;
  uint32_t moved;
};

/* Removes a file or an empty directory; -ENOTEMPTY for one that is not empty. */
static long remove_entry(int directory, const char *path) {
  long result = sys_3(__NR_unlinkat, directory, path, 0);
  if (result == -EISDIR || result == -EPERM) {
    long again = sys_3(__NR_unlinkat, directory, path, AT_REMOVEDIR);
    result = again == -ENOTDIR ? result : again;
  }
  if (result == -ENOENT) return 0;
  return result == -EEXIST ? -ENOTEMPTY : result;
}

/* As above, making a directory that its owner closed to writing writable. */
static long remove_forced(int directory, const char *name) {
  long result = remove_entry(directory, name);
  if (result != -EACCES || sys_2(__NR_fchmod, directory, 0700) < 0) return result;
  return remove_entry(directory, name);
}

/* Moves a directory that is too deep into the top of the tree. */
static long raise(struct walk *walk, int directory, const char *name) {
  char target[] = ".raised-00000000";
  for (;;) {
    uint32_t number = walk->moved++;
    for (int i = 0; i < 8; i++, number >>= 4)
      target[sizeof target - 2 - (size_t)i] = "0123456789abcdef"[number & 15];
    long result = sys_5(__NR_renameat2, directory, name, walk->fds[0], target, NO_REPLACE);
    if (result != -EEXIST) return result;
  }
}

static long descend(struct walk *walk, int directory, const char *name) {
  if (walk->level + 1 == LEVELS) return raise(walk, directory, name);
  long fd = directory_open(directory, name);
  if (fd < 0) return fd;
  walk->fds[++walk->level] = (int)fd;
  return 1;
}

/* Lists the deepest open directory once: 1 when it descended or removed something, 0 when it is
 * empty. */
static long sweep(struct walk *walk) {
  struct listing listing;
  int directory = walk->fds[walk->level];
  long found = 0;
  listing_start(&listing, directory);
  for (const struct entry *entry; (entry = listing_next(&listing)); found = 1) {
    long result = remove_forced(directory, entry->name);
    if (result == -ENOTEMPTY) result = descend(walk, directory, entry->name);
    if (result) return result;
  }
  return listing.length < 0 ? listing.length : found;
}

static long empty_tree(int root) {
  struct walk walk = {.fds = {root}};
  long result = 1;
  while (result >= 0 && walk.level >= 0) {
    result = sweep(&walk);
    if (result == 0) sys_close(walk.fds[walk.level--]);
  }
  while (walk.level >= 0) sys_close(walk.fds[walk.level--]);
  return result;
}

int64_t tree_remove(int directory, const char *path) {
  long result = remove_entry(directory, path);
  while (result == -ENOTEMPTY) {
    long root = directory_open(directory, path);
    if (root < 0) return root;
    result = empty_tree((int)root);
    if (result == 0) result = remove_entry(directory, path);
  }
  return result;
}
