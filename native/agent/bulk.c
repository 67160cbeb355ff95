#include "bulk.h"

#include "output.h"

#define PIPE_DEFAULT 65536
#define PIPE_LARGE (1 << 20)
#define LARGE_MOST 8 /* pipes at one time */

static int between[2] = {-1, -1};
static uint32_t large;

static bool have_between(void) {
  if (between[0] >= 0) return true;
  if (sys_2(__NR_pipe2, between, O_CLOEXEC | O_NONBLOCK) < 0) return false;
  sys_3(__NR_fcntl, between[1], F_SETPIPE_SZ, PIPE_LARGE);
  return true;
}

long bulk_move(const struct bulk *bulk, int fd, uint32_t stream, uint32_t want) {
  if (!bulk->large || !output_idle() || !have_between()) return 0;
  long got = sys6(__NR_splice, fd, 0, between[1], 0, want, 2 /* SPLICE_F_NONBLOCK */);
  if (got > 0) output_pipe(stream, (uint32_t)got, between[0]);
  return got;
}

void bulk_saw(struct bulk *bulk, int fd, uint32_t bytes) {
  if (bytes != PIPE_DEFAULT || bulk->large || large == LARGE_MOST) return;
  if (sys_3(__NR_fcntl, fd, F_SETPIPE_SZ, PIPE_LARGE) < 0) return;
  bulk->large = true;
  large++;
}

void bulk_end(struct bulk *bulk) {
  large -= bulk->large;
  bulk->large = false;
}
