#include "group.h"

#include "../common/directory.h"
#include "state.h"
#include <linux/magic.h>

#define PATH 512
#define DEEPEST 32 /* groups in each other, of agents below this one that left theirs */

static char path[PATH];  /* of the group; empty when there is none */
static uint32_t outside; /* length of the path of the group that this one is in */

static const char *const mounts[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};

static bool is_mounted(const char *mount) {
  uint64_t status[32] = {0}; /* struct statfs begins with its type */
  return sys_2(__NR_statfs, mount, status) == 0 && status[0] == CGROUP2_SUPER_MAGIC;
}

/* Whether the text went on to the path as a whole. */
static bool append(const char *text, size_t length) {
  size_t used = strlen(path);
  if (used + length >= PATH) return false;
  memcpy(path + used, text, length);
  path[used + length] = 0;
  return true;
}

/* The line "0::/where" of /proc/self/cgroup is that of version 2, and the last one. */
static bool append_own(void) {
  char text[2048];
  long fd = sys_3(__NR_openat, AT_FDCWD, "/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  long length = sys_read((int)fd, text, sizeof text), at = 0;
  sys_close((int)fd);
  for (; at + 3 < length; at++)
    if ((!at || text[at - 1] == '\n') && !memcmp(text + at, "0::", 3)) break;
  if (at + 3 >= length || text[length - 1] != '\n') return false;
  long end = at += 3;
  while (text[end] != '\n') end++;
  if (end - at == 1) return true; /* "/" */
  return append(text + at, (size_t)(end - at));
}

static long write_to(uint32_t length, const char *file, const char *text) {
  char name[PATH + 32];
  memcpy(name, path, length);
  memcpy(name + length, file, strlen(file) + 1);
  long fd = sys_3(__NR_openat, AT_FDCWD, name, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  long result = sys_write((int)fd, text, strlen(text));
  sys_close((int)fd);
  return result;
}

static bool make_below(const char *mount, const char *name) {
  path[0] = 0;
  if (!is_mounted(mount) || !append(mount, strlen(mount)) || !append_own()) return false;
  outside = (uint32_t)strlen(path);
  return append("/", 1) && append(name, strlen(name)) &&
         sys_3(__NR_mkdirat, AT_FDCWD, path, 0755) == 0;
}

void group_make(const char *name) {
  for (size_t i = 0; i < sizeof mounts / sizeof *mounts; i++)
    if (make_below(mounts[i], name)) return;
  path[0] = 0;
}

/* A process that is made inside costs nothing; one that is moved waits for every processor. */
long group_fork(void (*run)(void *)) {
  int32_t unused;
  long result = -ENOENT;
  long fd = path[0] ? sys_3(__NR_openat, AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd >= 0) {
    struct clone_args arguments = {
        .flags = CLONE_INTO_CGROUP, .exit_signal = SIGNAL_CHLD, .cgroup = (uint64_t)fd};
    result = sys_2(__NR_clone3, &arguments, sizeof arguments);
    if (result == 0) run(NULL);
    sys_close((int)fd);
  }
  if (!sys_failed(result)) return result;
  group_remove();
  return sys_spawn(SIGNAL_CHLD, NULL, &unused, run, NULL);
}

bool group_kill(void) {
  bool is_there = path[0] && sys_3(__NR_faccessat, AT_FDCWD, path, 0) == 0;
  if (!is_there || write_to(outside, "/cgroup.procs", "0") < 0) return false;
  uint32_t inside = (uint32_t)strlen(path);
  if (write_to(inside, "/cgroup.kill", "1") > 0) return true;
  write_to(inside, "/cgroup.freeze", "1"); /* it can be killed, and makes no more */
  return false;
}

static void remove_below(int directory, const char *name, int level) {
  long fd = level < DEEPEST ? directory_open(directory, name) : -1;
  if (fd >= 0) {
    struct listing listing;
    listing_start(&listing, (int)fd);
    for (const struct entry *entry; (entry = listing_next(&listing));)
      if (entry->type == ENTRY_DIRECTORY) remove_below((int)fd, entry->name, level + 1);
    sys_close((int)fd);
  }
  sys_3(__NR_unlinkat, directory, name, AT_REMOVEDIR);
}

void group_remove(void) {
  if (path[0]) remove_below(AT_FDCWD, path, 0);
  path[0] = 0;
}

/* ---- going on as another image ---- */

struct group_record {
  uint32_t outside;
  char path[PATH];
};

void group_save(void) {
  struct group_record record = {.outside = outside};
  memcpy(record.path, path, sizeof path);
  state_put(STATE_GROUP, &record, sizeof record);
}

bool group_restore(const struct state_record *from) {
  struct group_record record;
  state_take(from, &record, sizeof record);
  if (from->length > sizeof record || record.path[PATH - 1]) return false;
  if (record.outside > strlen(record.path)) return false;
  memcpy(path, record.path, sizeof path);
  outside = record.outside;
  return true;
}
