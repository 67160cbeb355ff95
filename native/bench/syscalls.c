/* bench_syscalls TIMES: getpid(2) in a loop. Prints the microseconds that each took. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double microseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

int main(int argc, char **argv) {
  long times = argc == 2 ? atol(argv[1]) : 0;
  if (times < 1) {
    fprintf(stderr, "usage: bench_syscalls TIMES\n");
    return 2;
  }
  double begin = microseconds_now();
  for (long i = 0; i < times; i++) syscall(SYS_getpid);
  printf("%.6f\n", (microseconds_now() - begin) / (double)times);
  return 0;
}
