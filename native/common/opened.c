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

/* The descriptors of a message: SCM_RIGHTS of unix(7), among other control messages. */
static void add_received(struct opened *opened, const void *header) {
  struct sys_message message;
  memcpy(&message, header, sizeof message);
  const uint8_t *bytes = message.control;
  const size_t head = offsetof(struct sys_passed_fd, fd);
  for (size_t at = 0, length = message.control_length; at < length && length - at >= head;) {
    struct sys_passed_fd control = {0};
    memcpy(&control, bytes + at, head);
    if (control.length < head || control.length > length - at) return;
    bool has_fds = control.level == SYS_SOL_SOCKET && control.type == SYS_SCM_RIGHTS;
    for (size_t i = at + head; has_fds && i + sizeof control.fd <= at + control.length; i += 4) {
      memcpy(&control.fd, bytes + i, sizeof control.fd);
      add(opened, control.fd);
    }
    at += (control.length + 7) & ~(size_t)7;
  }
}

void opened_note(struct opened *opened, const struct call *call, const int64_t *arguments,
                 int64_t result, const uint8_t *pair) {
  if (opened->count) note_closed(opened, call->nr, arguments, result);
  if (sys_failed(result)) return;
  if (call->nr == __NR_recvmsg) add_received(opened, (const void *)(uintptr_t)arguments[1]);
  if (call->flags & CALL_OPENS) add(opened, (int32_t)result);
  if (call->flags & CALL_OPENS_PAIR) {
    int32_t fds[2];
    memcpy(fds, pair, sizeof fds);
    add(opened, fds[0]);
    add(opened, fds[1]);
  }
}
