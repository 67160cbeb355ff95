#include "opened.h"

#include <linux/close_range.h>

static void add(struct opened *opened, int32_t fd) {
  if (fd >= 0 && opened->count < 2 * WIRE_MAX_CALLS) opened->fds[opened->count++] = fd;
}

static void remove_between(struct opened *opened, uint32_t first, uint32_t last) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < opened->count; i++) {
    uint32_t fd = (uint32_t)opened->fds[i];
    if (fd < first || fd > last) opened->fds[kept++] = opened->fds[i];
  }
  opened->count = kept;
}

/* close(2) frees the number also when it reports an error of the file. */
static void note_closed(struct opened *opened, uint32_t nr, const int64_t *a, int64_t result) {
  switch (nr) {
    case __NR_close:
      if (result != -EBADF && result != -EBUSY)
        remove_between(opened, (uint32_t)a[0], (uint32_t)a[0]);
      return;
#ifdef __NR_dup2
    case __NR_dup2:
#endif
    case __NR_dup3:
      if (result >= 0 && a[0] != a[1]) remove_between(opened, (uint32_t)a[1], (uint32_t)a[1]);
      return;
    case __NR_close_range:
      if (result == 0 && !(a[2] & CLOSE_RANGE_CLOEXEC))
        remove_between(opened, (uint32_t)a[0], (uint32_t)a[1]);
  }
}

void opened_note(struct opened *opened, const struct call *call, const int64_t *arguments,
                 int64_t result, const uint8_t *pair) {
  if (opened->count) note_closed(opened, call->nr, arguments, result);
  if (sys_failed(result)) return;
  if (call->flags & CALL_OPENS) add(opened, (int32_t)result);
  if (call->flags & CALL_OPENS_PAIR) {
    int32_t fds[2];
    memcpy(fds, pair, sizeof fds);
    add(opened, fds[0]);
    add(opened, fds[1]);
  }
}
