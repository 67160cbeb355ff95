#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "caches.h"
#include "record.h"
#include "remove.h"
#include "say.h"

#define ID_LENGTH 32 /* hexadecimal digits of the pack's hash in the directory's name */
#define NEW ".new"
#define OLD ".old"

static bool failed(struct place *place, const char *what) {
  snprintf(place->why, sizeof place->why, "cannot %s: %s", what, strerror(errno));
  return false;
}

static void make_id(const struct pack *pack, char id[ID_LENGTH + 1]) {
  for (int i = 0; i < ID_LENGTH / 2; i++) sprintf(id + 2 * i, "%02x", pack->id[i]);
}

/* Opens what was unpacked, when it can be trusted; -1 when not. */
static int open_verified(const struct place *place, const struct pack *pack, const char *id) {
  int fd = openat(place->fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || (is_private(fd) && record_holds(fd, pack))) return fd;
  close(fd);
  return -1;
}

/* The same, but looks at the files themselves when the record does not hold. */
static int open_verifying(const struct place *place, const struct pack *pack, const char *id) {
  char path[PATH_MAX];
  int fd = open_verified(place, pack, id);
  if (fd >= 0) return fd;
  snprintf(path, sizeof path, "%s/%s", place->path, id);
  fd = openat(place->fd, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || (is_private(fd) && record_make(fd, path, pack))) return fd;
  int error = errno;
  close(fd);
  errno = error;
  return -1;
}

_Noreturn static void disk_full(struct place *place, const struct pack *pack) {
  struct statvfs st = {0};
  fstatvfs(place->fd, &st);
  die("Cannot unpack to %s: %s; it needs %llu MB and %llu MB are free. Make room there, or set "
      "XDG_CACHE_HOME to a directory with room",
      place->path, strerror(ENOSPC), (unsigned long long)(pack_unpacked_size(pack) / 1000000 + 1),
      (unsigned long long)((uint64_t)st.f_bavail * st.f_frsize / 1000000));
}

static bool write_all(int fd, const uint8_t *data, uint64_t size) {
  while (size) {
    ssize_t n = write(fd, data, size < 1u << 30 ? size : 1u << 30);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    data += n;
    size -= (uint64_t)n;
  }
  return true;
}

static bool make_parents(int dir, const char *name) {
  char parent[PACK_NAME_SIZE];
  for (const char *slash = name; (slash = strchr(slash, '/')); slash++) {
    snprintf(parent, sizeof parent, "%.*s", (int)(slash - name), name);
    if (mkdirat(dir, parent, 0700) < 0 && errno != EEXIST) return false;
  }
  return true;
}

/* The next start would find it damaged too, and unpack the same half again. */
_Noreturn static void damaged(const struct place *place, const struct entry *entry) {
  remove_tree(place->fd, NEW);
  die("This executable is damaged (%s): copy it again", entry->name);
}

static bool unpack_entry(const struct place *place, int dir, const struct pack *pack,
                         const struct entry *entry) {
  const uint8_t *data = pack_read(pack, entry);
  if (!data) damaged(place, entry);
  if (!make_parents(dir, entry->name)) return false;
  mode_t mode = entry->flags & ENTRY_EXECUTABLE ? 0500 : 0400;
  int fd = openat(dir, entry->name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
  if (fd < 0) return false;
  bool done = write_all(fd, data, entry->size) && fchmod(fd, mode) == 0;
  if (close(fd) < 0) return false; /* where a quota of a network filesystem is reported */
  return done;
}

static bool unpack_all(struct place *place, const struct pack *pack) {
  remove_tree(place->fd, NEW);
  if (mkdirat(place->fd, NEW, 0700) < 0) return false;
  int dir = openat(place->fd, NEW, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  bool done = dir >= 0 && fchmod(dir, 0700) == 0;
  for (unsigned i = 0; done && i < pack->count; i++)
    done = unpack_entry(place, dir, pack, &pack->entries[i]);
  int error = errno;
  if (dir >= 0) close(dir);
  errno = error;
  return done;
}

static bool replace(struct place *place, const char *id) {
  remove_tree(place->fd, OLD);
  if (renameat(place->fd, id, place->fd, OLD) < 0 && errno != ENOENT) return false;
  if (renameat(place->fd, NEW, place->fd, id) < 0) return false;
  remove_tree(place->fd, OLD);
  return true;
}

/* Leaves nothing behind when it fails. */
static int rebuild(struct place *place, const struct pack *pack, const char *id) {
  int fd = -1;
  if (unpack_all(place, pack) && replace(place, id)) fd = open_verifying(place, pack, id);
  if (fd >= 0) return fd;
  int error = errno;
  remove_tree(place->fd, NEW);
  remove_tree(place->fd, id);
  if (error == ENOSPC || error == EDQUOT) disk_full(place, pack);
  errno = error ? error : EIO; /* what was written is not what is read */
  return failed(place, "unpack"), -1;
}

static int lock(struct place *place) {
  int fd = openat(place->fd, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) {
    if (errno == ENOSPC || errno == EDQUOT) return -2;
    return failed(place, "make its lock"), -1;
  }
  while (flock(fd, LOCK_EX) < 0)
    if (errno != EINTR) return failed(place, "lock it"), close(fd), -1;
  return fd;
}

bool store_open(struct place *place, const struct pack *pack, char *path) {
  char id[ID_LENGTH + 1];
  make_id(pack, id);
  snprintf(path, PATH_MAX, "%s/%s", place->path, id);
  int fd = open_verified(place, pack, id);
  if (fd < 0) {
    int held = lock(place);
    if (held == -2) disk_full(place, pack);
    if (held < 0) return false;
    fd = open_verifying(place, pack, id);
    if (fd < 0) fd = rebuild(place, pack, id);
    close(held);
  }
  if (fd < 0) return false;
  caches_lend(place->fd, place->path, fd);
  close(fd);
  return true;
}
