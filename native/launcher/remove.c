#include "remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static void remove_below(int fd) {
  DIR *dir = fdopendir(fd);
  if (!dir) {
    close(fd);
    return;
  }
  for (struct dirent *entry; (entry = readdir(dir));)
    if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
      remove_tree(dirfd(dir), entry->d_name);
  closedir(dir);
}

void remove_tree(int fd, const char *name) {
  if (unlinkat(fd, name, 0) == 0 || errno == ENOENT) return;
  int below = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (below >= 0) remove_below(below);
  unlinkat(fd, name, AT_REMOVEDIR);
}
