#include "window.h"

static uint64_t allowed, used;

void window_begin(uint64_t total) {
  allowed = total;
  used = 0;
}

/* What was allowed stays so. */
void window_set(uint64_t total) {
  if (total > allowed) allowed = total;
}

uint64_t window_left(void) {
  return used < allowed ? allowed - used : 0;
}

void window_use(uint64_t bytes) {
  used += bytes;
}
