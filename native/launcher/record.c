#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "caches.h"

#define RECORD "verified"
#define RECORD_NEW "verified.new"
#define BOOT_ID_SIZE 40

struct seen {
  uint64_t device, inode, size;
  int64_t mtime, ctime;
  uint32_t mtime_ns, ctime_ns;
};

struct record {
  uint8_t pack[SHA256_SIZE];
  char boot[BOOT_ID_SIZE];
  struct seen files[PACK_MAX_ENTRIES + CACHE_FILES]; /* the pack's, then the caches */
};

static size_t record_size(const struct pack *pack) {
  return offsetof(struct record, files) + (pack->count + CACHE_FILES) * sizeof(struct seen);
}

static void begin(struct record *record, const struct pack *pack) {
  memset(record, 0, sizeof *record);
  memcpy(record->pack, pack->id, sizeof record->pack);
  int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (fd < 0 || read(fd, record->boot, sizeof record->boot - 1) < 0) record->boot[0] = 0;
  if (fd >= 0) close(fd);
}

/* A regular file of this user, with the mode that it was given; anything else is not ours to run.
 */
static bool look(int dir, const char *name, mode_t mode, struct seen *seen) {
  struct stat st;
  if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) return false;
  if (st.st_mode != (S_IFREG | mode) || st.st_uid != geteuid()) return false;
  *seen = (struct seen){.device = st.st_dev,
                        .inode = st.st_ino,
                        .size = (uint64_t)st.st_size,
                        .mtime = st.st_mtim.tv_sec,
                        .ctime = st.st_ctim.tv_sec,
                        .mtime_ns = (uint32_t)st.st_mtim.tv_nsec,
                        .ctime_ns = (uint32_t)st.st_ctim.tv_nsec};
  return true;
}

static bool look_at_entry(int dir, const struct entry *entry, struct seen *seen) {
  mode_t mode = entry->flags & ENTRY_EXECUTABLE ? 0500 : 0400;
  return look(dir, entry->name, mode, seen) && seen->size == entry->size;
}

/* One that is missing is recorded as zeros, and has to stay missing. */
static bool look_at_caches(int dir, struct seen seen[CACHE_FILES]) {
  for (int i = 0; i < CACHE_FILES; i++) {
    bool missing = faccessat(dir, cache_files[i], F_OK, AT_SYMLINK_NOFOLLOW) < 0;
    if (!missing && !look(dir, cache_files[i], 0400, &seen[i])) return false;
  }
  return true;
}

static bool hash_is_right(int dir, const struct entry *entry) {
  uint8_t digest[SHA256_SIZE];
  int fd = openat(dir, entry->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  void *map = mmap(NULL, entry->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
  close(fd);
  if (map == MAP_FAILED) return false;
  sha256_of(map, entry->size, digest);
  munmap(map, entry->size);
  return !memcmp(digest, entry->sha256, sizeof digest);
}

static bool read_record(int dir, struct record *record, size_t size) {
  int fd = openat(dir, RECORD, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  ssize_t n = read(fd, record, sizeof *record);
  close(fd);
  return n == (ssize_t)size;
}

bool record_holds(int dir, const struct pack *pack) {
  struct record now, then;
  begin(&now, pack);
  if (!now.boot[0] || !read_record(dir, &then, record_size(pack))) return false;
  for (unsigned i = 0; i < pack->count; i++)
    if (!look_at_entry(dir, &pack->entries[i], &now.files[i])) return false;
  if (!look_at_caches(dir, now.files + pack->count)) return false;
  if (memcmp(&now, &then, record_size(pack))) return false;
  for (unsigned i = 0; i < pack->count; i++)
    if ((pack->entries[i].flags & ENTRY_HASH_ALWAYS) && !hash_is_right(dir, &pack->entries[i]))
      return false;
  return true;
}

static bool write_record(int dir, const struct record *record, size_t size) {
  unlinkat(dir, RECORD_NEW, 0);
  int fd = openat(dir, RECORD_NEW, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return false;
  ssize_t n = write(fd, record, size);
  int error = n < 0 ? errno : ENOSPC; /* a short write to a regular file */
  if (close(fd) == 0 && n == (ssize_t)size) return renameat(dir, RECORD_NEW, dir, RECORD) == 0;
  unlinkat(dir, RECORD_NEW, 0);
  errno = error;
  return false;
}

/* Each file is looked at before it is hashed, so that a change while it is hashed shows later. */
bool record_make(int dir, const char *path, const struct pack *pack) {
  struct record record;
  begin(&record, pack);
  for (unsigned i = 0; i < pack->count; i++) {
    bool right = look_at_entry(dir, &pack->entries[i], &record.files[i]) &&
                 hash_is_right(dir, &pack->entries[i]);
    if (!right) return errno = 0, false;
  }
  caches_make(dir, path, pack);
  if (!look_at_caches(dir, record.files + pack->count)) return errno = 0, false;
  return write_record(dir, &record, record_size(pack));
}
