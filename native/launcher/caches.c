#include "caches.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deno.h"
#include "pack.h"
#include "remove.h"

#define RUN "run-"
#define MAKING "caches.new"
#define MAKE_SECONDS 10
/* Makes the program's first lines move what is in write-ahead logs, where deno leaves it, into the
 * databases: a log would be read and checked whole at each start. */
#define FOLD "BAILIWICK_FOLD_CACHES"
/* Makes them end the program before it begins: it is compiled then, and nothing has happened. */
#define ONLY_COMPILE "BAILIWICK_ONLY_COMPILE"

const char *const cache_files[CACHE_FILES] = {
    CACHES "/v8_code_cache_v2",       CACHES "/v8_code_cache_v2-wal",
    CACHES "/dep_analysis_cache_v2",  CACHES "/dep_analysis_cache_v2-wal",
    CACHES "/node_analysis_cache_v2", CACHES "/node_analysis_cache_v2-wal",
};

_Noreturn static void become_deno(const char *path, const struct pack *pack,
                                  const char *variable) {
  char runtime[PATH_MAX], program[PATH_MAX], caches[PATH_MAX];
  char *arguments[] = {runtime, NULL};
  snprintf(runtime, sizeof runtime, "%s/%s", path, pack->runtime->name);
  snprintf(program, sizeof program, "%s/" PACK_PROGRAM, path);
  snprintf(caches, sizeof caches, "%s/" MAKING, path);
  setenv(variable, caches, 1);
  setenv(ONLY_COMPILE, "1", 1);
  int null = open("/dev/null", O_RDWR);
  if (null < 0) _exit(1);
  for (int fd = 0; fd < 3; fd++) dup2(null, fd);
  alarm(MAKE_SECONDS); /* survives execve: a program that does not end is ended */
  execv(runtime, deno_arguments(pack, program, arguments));
  _exit(1);
}

/* Runs the program's first lines, without input or output, `variable` naming the directory that is
 * made. */
static bool run(const char *path, const struct pack *pack, const char *variable) {
  int status = 0;
  pid_t child = fork();
  if (child == 0) become_deno(path, pack, variable);
  while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return child > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Takes what is read again, with the mode that the record wants; what else deno made is dropped. */
static bool keep(int dir, const char *name) {
  char made[64];
  snprintf(made, sizeof made, MAKING "%s", name + sizeof CACHES - 1);
  if (renameat(dir, made, dir, name) < 0) return errno == ENOENT;
  return fchmodat(dir, name, 0400, 0) == 0;
}

void caches_make(int dir, const char *path, const struct pack *pack) {
  remove_tree(dir, CACHES);
  remove_tree(dir, MAKING);
  if (mkdirat(dir, CACHES, 0700) < 0 || mkdirat(dir, MAKING, 0700) < 0) return;
  bool made = run(path, pack, "DENO_DIR") && run(path, pack, FOLD);
  for (int i = 0; made && i < CACHE_FILES; i++) made = keep(dir, cache_files[i]);
  remove_tree(dir, MAKING);
  if (!made) remove_tree(dir, CACHES);
}

static bool copy(int from_dir, const char *from_name, int to_dir, const char *to_name) {
  struct stat st;
  int from = openat(from_dir, from_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
  if (from < 0) return errno == ENOENT;
  int to = openat(to_dir, to_name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  bool done = to >= 0 && fstat(from, &st) == 0;
  for (off_t left = done ? st.st_size : 0; done && left > 0;) {
    ssize_t n = sendfile(to, from, NULL, (size_t)left);
    done = n > 0;
    left -= n;
  }
  close(from);
  if (to >= 0) close(to);
  return done;
}

/* Runs that were killed before they removed their copies. A process of another PID namespace looks
 * dead too; without its copies it goes on, only slower. */
static void remove_abandoned(int place) {
  int fd = openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *all = fd < 0 ? NULL : fdopendir(fd);
  if (!all) return;
  for (struct dirent *entry; (entry = readdir(all));) {
    if (strncmp(entry->d_name, RUN, sizeof RUN - 1)) continue;
    pid_t pid = (pid_t)atoi(entry->d_name + sizeof RUN - 1);
    if (pid <= 0 || pid == getpid() || (kill(pid, 0) < 0 && errno == ESRCH))
      remove_tree(place, entry->d_name);
  }
  closedir(all);
}

void caches_lend(int place, const char *place_path, int dir) {
  char name[32], path[PATH_MAX];
  remove_abandoned(place);
  snprintf(name, sizeof name, RUN "%d", getpid());
  if (faccessat(dir, cache_files[0], F_OK, AT_SYMLINK_NOFOLLOW) < 0) return;
  if (mkdirat(place, name, 0700) < 0) return;
  int to = openat(place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  bool done = to >= 0;
  for (int i = 0; done && i < CACHE_FILES; i++)
    done = copy(dir, cache_files[i], to, cache_files[i] + sizeof CACHES);
  if (to >= 0) close(to);
  snprintf(path, sizeof path, "%s/%s", place_path, name);
  if (done)
    setenv("DENO_DIR", path, 1);
  else
    remove_tree(place, name);
}
