#include "place.h"

#include "say.h"
#include "settings.h"
#include <asm/stat.h>
#include <linux/utsname.h>

#define PATH 4096
#define FORMAT 0170000
#define DIRECTORY 0040000
#define OTHERS 022 /* who could write to it */

static const char name[] = "agent";

struct address { /* struct sockaddr_un; a name in the working directory always fits */
  uint16_t family;
  char path[sizeof name];
};
static const struct address address = {SYS_AF_UNIX, "agent"};

/* ---- directories ---- */

static char path[PATH]; /* of the one that was opened last */
static size_t host_length;
static char fault[PATH + 64];

static bool append(const char *text) {
  size_t used = strlen(path), length = strlen(text);
  if (used + length >= sizeof path) return false;
  memcpy(path + used, text, length + 1);
  return true;
}

static int fails(const char *what) {
  size_t length = strlen(what), named = strlen(path);
  memcpy(fault, what, length);
  memcpy(fault + length, path, named + 1);
  return -1;
}

const char *place_fault(void) {
  return fault;
}

static bool is_own(int directory) {
  struct stat status;
  if (sys_2(__NR_fstat, directory, &status) < 0 || (status.st_mode & FORMAT) != DIRECTORY ||
      status.st_uid != (uint32_t)sys_0(__NR_getuid))
    return false;
  return !(status.st_mode & OTHERS) || sys_2(__NR_fchmod, directory, 0700) == 0;
}

static int refused(long error, long making) {
  if (error == -ELOOP || error == -ENOTDIR) return fails("it would stand in a file or a link: ");
  if (error == -ENOENT && making == -ENOSPC) return fails("no space for its directory: ");
  if (error == -ENOENT && making == -EROFS) return fails("cannot be written, for its directory: ");
  return fails(error == -ENOENT ? "cannot make its directory: " : "cannot open its directory: ");
}

/* The parent is closed. */
static int enter(int parent, const char *child) {
  if (!append("/") || !append(child)) return fails("its directory's name is too long: ");
  long making = sys_3(__NR_mkdirat, parent, child, 0700);
  int fd = (int)sys_3(__NR_openat, parent, child, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  sys_close(parent);
  if (fd < 0) return refused(fd, making);
  if (is_own(fd)) return fd;
  sys_close(fd);
  return fails("it would stand in a directory of somebody else: ");
}

/* Whether a program of this user may have to do with STATE/bailiwick. */
static bool is_open(int state) {
  long can = sys_3(__NR_faccessat, state, "bailiwick", 3 /* W_OK | X_OK */);
  return can == 0 || can == -EROFS; /* one that stands is found there, and has to be */
}

/* Of an absolute path, all that is missing is made; negative where that cannot be. */
static int open_state(const char *base, const char *below) {
  path[0] = 0;
  if (!base || base[0] != '/' || !append(base) || !append(below)) return -1;
  for (char *at = path + 1; *at; at++) {
    if (*at != '/') continue;
    *at = 0;
    sys_3(__NR_mkdirat, AT_FDCWD, path, 0700);
    *at = '/';
  }
  sys_3(__NR_mkdirat, AT_FDCWD, path, 0700);
  int fd = (int)sys_3(__NR_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return fd;
  sys_3(__NR_mkdirat, fd, "bailiwick", 0700);
  if (is_open(fd)) return fd;
  sys_close(fd);
  return -1;
}

/* STATE/bailiwick. */
static int open_base(void) {
  int fd = open_state(settings_variable("XDG_STATE_HOME"), "");
  if (fd < 0) fd = open_state(settings_variable("HOME"), "/.local/state");
  return fd < 0 ? fd : enter(fd, "bailiwick");
}

static int open_temporary(void) {
  char child[32] = "bailiwick-", digits[12];
  size_t at = strlen(child), count = 0;
  uint32_t user = (uint32_t)sys_0(__NR_getuid);
  do digits[count++] = (char)('0' + user % 10);
  while (user /= 10);
  while (count) child[at++] = digits[--count];
  path[0] = 0;
  append("/var/tmp");
  int fd = (int)sys_3(__NR_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return fd < 0 ? fails("cannot open ") : enter(fd, child);
}

/* As a name of a directory. */
static void node_name(struct new_utsname *host) {
  sys_1(__NR_uname, host);
  for (char *at = host->nodename; *at; at++)
    if (*at == '/' || (*at == '.' && at == host->nodename)) *at = '_';
  if (!host->nodename[0]) memcpy(host->nodename, "_", 2);
}

int place_of_host(void) {
  struct new_utsname host;
  node_name(&host);
  fault[0] = 0;
  int fd = open_base();
  if (fd < 0 && !fault[0]) fd = open_temporary();
  if (fd >= 0) fd = enter(fd, "standing");
  if (fd >= 0) fd = enter(fd, host.nodename);
  host_length = strlen(path);
  return fd;
}

int place_of_system(int host) {
  path[host_length] = 0;
  int copy = (int)sys_3(__NR_fcntl, host, F_DUPFD_CLOEXEC, 3);
  return copy < 0 ? fails("no descriptor is free for its directory: ") : enter(copy, settings.system);
}

/* ---- the socket ---- */

/* Runs a call that takes a name, in its directory. */
static long within(int directory, long nr, int fd, const void *named, long last) {
  int before = (int)sys_3(__NR_openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC);
  long result = sys_1(__NR_fchdir, directory);
  if (result == 0) result = sys_3(nr, fd, named, last);
  if (before < 0 || sys_1(__NR_fchdir, before) < 0) sys_1(__NR_chdir, "/");
  if (before >= 0) sys_close(before);
  return result;
}

long place_bind(int directory, int socket) {
  place_unbind(directory);
  long result = within(directory, __NR_bind, socket, &address, sizeof address);
  return result < 0 ? result : sys_3(__NR_fchmodat, directory, name, 0600);
}

long place_connect(int directory, int socket) {
  return within(directory, __NR_connect, socket, &address, sizeof address);
}

void place_unbind(int directory) {
  sys_3(__NR_unlinkat, directory, name, 0);
}

/* ---- whether it is there still ---- */

#define CHANGES 0xa40 /* IN_MOVED_FROM | IN_DELETE | IN_MOVE_SELF */

long place_watch(int directory, int notices) {
  return within(directory, __NR_inotify_add_watch, notices, ".", CHANGES);
}

bool place_is(int directory, int other) {
  struct stat one, two;
  return sys_2(__NR_fstat, directory, &one) == 0 && sys_2(__NR_fstat, other, &two) == 0 &&
         one.st_dev == two.st_dev && one.st_ino == two.st_ino;
}

bool place_has_socket(int directory) {
  return sys_3(__NR_faccessat, directory, name, 0) == 0;
}
