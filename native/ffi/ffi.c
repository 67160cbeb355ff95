/* What the Deno process needs from the kernel, for Deno.dlopen: a bare system call, batches run in
 * the process itself, and waiting for a child. No C library and no state, so any of Deno's threads
 * may call any of it. launch.c starts agents.
 */
#include "../common/batch.h"
#include "ffi.h"

/* Calls that would change the whole process, or leave a copy of it behind. They are done by agents.
 */
static bool is_refused(uint32_t nr) {
  switch (nr) {
    case __NR_execve:
    case __NR_execveat:
    case __NR_exit:
    case __NR_exit_group:
    case __NR_clone:
    case __NR_clone3:
#ifdef __NR_fork
    case __NR_fork:
    case __NR_vfork:
#endif
    case __NR_unshare:
    case __NR_setns:
    case __NR_ptrace:
    case __NR_rt_sigreturn:
      return true;
  }
  return false;
}

static int64_t call(struct executor *executor, uint32_t nr, const int64_t *a) {
  (void)executor;
  return is_refused(nr) ? -EPERM : sys6(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static int64_t no_agent(struct executor *executor, uint32_t nr, const int64_t *arguments) {
  (void)executor, (void)nr, (void)arguments;
  return -ENOSYS;
}

static bool never(struct executor *executor) {
  (void)executor;
  return false;
}

/* As much of the text as there is room for. */
static int32_t refuse(uint8_t *body, uint32_t length, const char *why) {
  struct reply reply = {0, REPLY_REFUSED};
  if (length < sizeof reply) return -EPROTO;
  uint32_t room = length - (uint32_t)sizeof reply, text = (uint32_t)strlen(why);
  if (text > room) text = room;
  memcpy(body, &reply, sizeof reply);
  memcpy(body + sizeof reply, why, text);
  return (int32_t)(sizeof reply + text);
}

int32_t bw_batch(uint8_t *body, uint32_t length) {
  const char *fault = batch_check(body, length, false);
  if (fault) return refuse(body, length, fault);
  struct executor executor = {NULL, call, no_agent, never};
  struct batch batch = batch_open(body);
  struct batch_reply reply = batch_run(&executor, batch, body);
  memmove(body, body + reply.offset, reply.length);
  return reply.length;
}

int64_t bw_syscall(int64_t nr, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f) {
  return sys6(nr, a, b, c, d, e, f);
}

int32_t bw_wait(int32_t pid, int32_t *status) {
  long result;
  do result = sys_4(__NR_wait4, pid, status, __WALL, NULL);
  while (result == -EINTR);
  return result < 0 ? (int32_t)result : 0;
}
