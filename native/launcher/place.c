/* Every directory on the way is opened by name from the one above it, following no symbolic link,
 * and must be such that only root or this user can rename or replace what is in it: otherwise
 * another user could put a directory of his own there between the check and the execve. */
#include "place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

__attribute__((format(printf, 2, 3))) static bool refuse(struct place *place, const char *format,
                                                         ...) {
  va_list args;
  va_start(args, format);
  vsnprintf(place->why, sizeof place->why, format, args);
  va_end(args);
  return false;
}

bool is_private(int fd) {
  struct stat st;
  return fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
         (st.st_mode & 07777) == 0700;
}

static bool only_ours_to_change(struct place *place, int fd, const char *path) {
  struct stat st;
  if (fstat(fd, &st) < 0) return refuse(place, "%s", strerror(errno));
  if (st.st_uid != 0 && st.st_uid != geteuid()) {
    place->suspicious = true;
    return refuse(place, "%s belongs to user %u", path, st.st_uid);
  }
  if ((st.st_mode & 022) && !(st.st_mode & S_ISVTX)) {
    place->suspicious = true;
    return refuse(place, "%s can be written by others (mode %04o)", path, st.st_mode & 07777);
  }
  return true;
}

/* Opens `path`, absolute and resolved, checking each directory on the way; -1 when refused. */
static int open_checked(struct place *place, const char *path) {
  char name[NAME_MAX + 1];
  int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (!only_ours_to_change(place, fd, "/")) return close(fd), -1;
  for (const char *at = path; *(at += strspn(at, "/"));) {
    size_t length = strcspn(at, "/");
    snprintf(name, sizeof name, "%.*s", (int)length, at);
    int next = openat(fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    close(fd);
    if ((fd = next) < 0) return refuse(place, "%s", strerror(errno)), -1;
    at += length;
    char so_far[PATH_MAX];
    snprintf(so_far, sizeof so_far, "%.*s", (int)(at - path), path);
    if (!only_ours_to_change(place, fd, so_far)) return close(fd), -1;
  }
  return fd;
}

static bool executes(struct place *place) {
  struct statvfs st;
  if (fstatvfs(place->fd, &st) < 0) return refuse(place, "%s", strerror(errno));
  if (st.f_flag & ST_NOEXEC) return refuse(place, "its filesystem is mounted noexec");
  return true;
}

static bool open_private(struct place *place, int parent, const char *name) {
  struct stat st;
  if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
    return refuse(place, "%s", strerror(errno));
  if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return refuse(place, "%s", strerror(errno));
  place->suspicious = true;
  if (S_ISLNK(st.st_mode)) return refuse(place, "it is a symbolic link");
  if (!S_ISDIR(st.st_mode)) return refuse(place, "it is not a directory");
  if (st.st_uid != geteuid()) return refuse(place, "it belongs to user %u", st.st_uid);
  if (st.st_mode & 022) return refuse(place, "others can write it (mode %04o)", st.st_mode & 07777);
  place->suspicious = false;
  place->fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (place->fd < 0) return refuse(place, "%s", strerror(errno));
  /* The library's package store may have made it, readable: what nobody else could write is good.
   */
  if ((st.st_mode & 07777) != 0700 && !is_private(place->fd)) fchmod(place->fd, 0700);
  if (is_private(place->fd) && executes(place)) return true;
  close(place->fd);
  return place->why[0] ? false : refuse(place, "it was replaced while it was opened");
}

static bool open_in(struct place *place, const char *parent, const char *name) {
  char resolved[PATH_MAX];
  snprintf(place->path, sizeof place->path, "%s/%s", parent, name);
  if (!realpath(parent, resolved)) return refuse(place, "%s", strerror(errno));
  if (snprintf(place->path, sizeof place->path, "%s/%s", resolved, name) >=
      (int)sizeof place->path - 256)
    return refuse(place, "its name is too long");
  int fd = open_checked(place, resolved);
  if (fd < 0) return false;
  bool opened = open_private(place, fd, name);
  close(fd);
  return opened;
}

static bool open_in_home(struct place *place) {
  char parent[PATH_MAX];
  const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  if (xdg && xdg[0] == '/') {
    snprintf(parent, sizeof parent, "%s", xdg);
  } else if (home && home[0] == '/') {
    snprintf(parent, sizeof parent, "%s/.cache", home);
  } else {
    snprintf(place->path, sizeof place->path, "~/.cache/bailiwick");
    return refuse(place, "neither XDG_CACHE_HOME nor HOME is an absolute path");
  }
  mkdir(parent, 0700); /* what is wrong with it is seen when it is opened */
  return open_in(place, parent, "bailiwick");
}

bool place_open(struct place *place, int number) {
  static const char *const shared[] = {"/var/tmp", "/tmp", "/dev/shm"};
  char name[32];
  *place = (struct place){.fd = -1};
  if (number == 0) return open_in_home(place);
  snprintf(name, sizeof name, "bailiwick-%u", geteuid());
  return open_in(place, shared[number - 1], name);
}
