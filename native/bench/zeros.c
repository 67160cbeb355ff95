/* bench_zeros BYTES: writes that many zero bytes to standard output. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char zeros[256 << 10];

int main(int argc, char **argv) {
  long left = argc == 2 ? atol(argv[1]) : 0;
  if (left < 1) {
    fprintf(stderr, "usage: bench_zeros BYTES\n");
    return 2;
  }
  while (left > 0) {
    ssize_t put = write(1, zeros, (size_t)left < sizeof zeros ? (size_t)left : sizeof zeros);
    if (put < 0) {
      perror("bench_zeros");
      return 1;
    }
    left -= put;
  }
  return 0;
}
