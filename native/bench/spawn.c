/* Starts /bin/true as C does it: mkdir (which finds the directory there), then posix_spawn with
 * chdir and three dup2, then waitpid.
 *
 *   bench_spawn TIMES AT_ONCE DIRECTORY
 *
 * Keeps AT_ONCE running. Prints the microseconds that each took.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double microseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void check(int error, const char *what) {
  if (!error) return;
  fprintf(stderr, "bench_spawn: %s: %s\n", what, strerror(error));
  exit(1);
}

static void start(const char *directory, int null) {
  static char name[] = "/bin/true";
  char *arguments[] = {name, NULL};
  posix_spawn_file_actions_t actions;
  pid_t pid;
  if (mkdir(directory, 0777) < 0 && errno != EEXIST) check(errno, directory);
  check(posix_spawn_file_actions_init(&actions), "posix_spawn_file_actions_init");
  check(posix_spawn_file_actions_addchdir_np(&actions, directory), "addchdir");
  for (int fd = 0; fd < 3; fd++)
    check(posix_spawn_file_actions_adddup2(&actions, null, fd), "adddup2");
  check(posix_spawn(&pid, name, &actions, NULL, arguments, environ), "posix_spawn");
  posix_spawn_file_actions_destroy(&actions);
}

static void end_one(void) {
  int status;
  if (waitpid(-1, &status, 0) < 0) check(errno, "waitpid");
  if (status) check(ECHILD, "/bin/true failed");
}

int main(int argc, char **argv) {
  int times = argc == 4 ? atoi(argv[1]) : 0, at_once = argc == 4 ? atoi(argv[2]) : 0;
  if (times < 1 || at_once < 1) {
    fprintf(stderr, "usage: bench_spawn TIMES AT_ONCE DIRECTORY\n");
    return 2;
  }
  int null = open("/dev/null", O_RDWR | O_CLOEXEC), running = 0;
  if (null < 0) check(errno, "/dev/null");
  double begin = microseconds_now();
  for (int i = 0; i < times; i++) {
    if (running == at_once) end_one(), running--;
    start(argv[3], null);
    running++;
  }
  while (running--) end_one();
  printf("%.3f\n", (microseconds_now() - begin) / times);
  return 0;
}
