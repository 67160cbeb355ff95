#include "place.h"

#include "say.h"
#include "settings.h"
#include <asm/stat.h>
#include <linux/utsname.h>

#define PATH 1024
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

static bool is_own(int directory) {
  struct stat status;
  if (sys_2(__NR_fstat, directory, &status) < 0 || (status.st_mode & FORMAT) != DIRECTORY ||
      status.st_uid != (uint32_t)sys_0(__NR_getuid))
    return false;
  return !(status.st_mode & OTHERS) || sys_2(__NR_fchmod, directory, 0700) == 0;
}

static int enter(int parent, const char *child) {
  sys_3(__NR_mkdirat, parent, child, 0700);
  int fd = (int)sys_3(__NR_openat, parent, child, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) give_up("cannot open the directory of its system: is there a file or a link?");
  if (!is_own(fd)) give_up("the directory of its system is somebody else's");
  sys_close(parent);
  return fd;
}

static bool append(char *path, const char *text) {
  size_t used = strlen(path), length = strlen(text);
  if (used + length >= PATH) return false;
  memcpy(path + used, text, length + 1);
  return true;
}

/* Of an absolute path, all that is missing is made; negative where that cannot be. */
static int open_state(const char *base, const char *below) {
  char path[PATH] = "";
  if (!base || base[0] != '/' || !append(path, base) || !append(path, below)) return -1;
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
  long can = sys_3(__NR_faccessat, fd, "bailiwick", 3 /* W_OK | X_OK */);
  if (can == 0) return enter(fd, "bailiwick");
  sys_close(fd);
  return -1;
}

static int open_temporary(void) {
  char child[32] = "bailiwick-", digits[12];
  size_t at = strlen(child), count = 0;
  uint32_t user = (uint32_t)sys_0(__NR_getuid);
  do digits[count++] = (char)('0' + user % 10);
  while (user /= 10);
  while (count) child[at++] = digits[--count];
  int fd = (int)sys_3(__NR_openat, AT_FDCWD, "/var/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) give_up("cannot open /var/tmp");
  return enter(fd, child);
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
  int fd = open_state(settings_variable("XDG_STATE_HOME"), "");
  if (fd < 0) fd = open_state(settings_variable("HOME"), "/.local/state");
  if (fd < 0) fd = open_temporary();
  return enter(enter(fd, "standing"), host.nodename);
}

int place_of_system(int host) {
  int copy = (int)sys_3(__NR_fcntl, host, F_DUPFD_CLOEXEC, 3);
  return enter(copy, settings.system);
}

/* ---- the socket ---- */

/* Runs a call that takes the socket's name, in its directory. */
static long within(int directory, long nr, int socket) {
  int before = (int)sys_3(__NR_openat, AT_FDCWD, ".", O_PATH | O_CLOEXEC);
  long result = sys_1(__NR_fchdir, directory);
  if (result == 0) result = sys_3(nr, socket, &address, sizeof address);
  if (before < 0 || sys_1(__NR_fchdir, before) < 0) sys_1(__NR_chdir, "/");
  if (before >= 0) sys_close(before);
  return result;
}

long place_bind(int directory, int socket) {
  place_unbind(directory);
  long result = within(directory, __NR_bind, socket);
  return result < 0 ? result : sys_3(__NR_fchmodat, directory, name, 0600);
}

long place_connect(int directory, int socket) {
  return within(directory, __NR_connect, socket);
}

void place_unbind(int directory) {
  sys_3(__NR_unlinkat, directory, name, 0);
}
