/* A service that says when it ends: waits for the end of its standard input, stores the time
 * (nanoseconds of CLOCK_MONOTONIC) and exits.
 *
 *   bench_leave FILE INDEX
 *
 * The time goes to the place INDEX, 8 bytes each, of FILE.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv) {
  char byte;
  struct timespec now;
  int fd = argc == 3 ? open(argv[1], O_RDWR | O_CLOEXEC) : -1;
  long index = argc == 3 ? atol(argv[2]) : 0, page = index * 8 / 4096 * 4096;
  uint64_t *times = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, page);
  if (times == MAP_FAILED) {
    perror("bench_leave");
    return 1;
  }
  volatile uint64_t *mine = &times[index % 512];
  *mine = 0; /* the page is there from now on */
  while (read(0, &byte, 1) > 0) {
  }
  clock_gettime(CLOCK_MONOTONIC, &now);
  *mine = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
  _exit(0);
}
