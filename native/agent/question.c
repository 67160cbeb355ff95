#include "question.h"

#include "orders.h"

/* -errno when the arguments are none that the agent could answer. */
static int64_t put(struct question *question, uint32_t nr, const int64_t *arguments) {
  bool hold = nr == PSEUDO_HOLD;
  const uint8_t *name = (const uint8_t *)(uintptr_t)arguments[hold ? 1 : 0];
  uint64_t note_length = hold ? (uint64_t)arguments[3] : 0;
  uint32_t length = 0;
  if (!name) return -EFAULT;
  while (length <= WIRE_MAX_NAME && name[length]) length++;
  if (!length) return -EINVAL;
  if (length > WIRE_MAX_NAME || note_length > WIRE_MAX_NOTE) return -ENAMETOOLONG;
  question->nr = nr;
  question->name_length = length;
  question->note_length = (uint32_t)note_length;
  memcpy(question->text, name, length);
  if (note_length)
    memcpy(question->text + length, (const void *)(uintptr_t)arguments[2], note_length);
  return 0;
}

static long send_to(int socket, const void *bytes, size_t length, int fd) {
  long result;
  do result = sys_send(socket, bytes, length, fd, 0);
  while (result == -EINTR);
  return result < 0 ? result : 0;
}

/* The far end is closed without an answer when the agent had no descriptor for it. */
static int64_t answer(int socket) {
  int64_t result;
  int fd;
  long got;
  do got = sys_receive(socket, &result, sizeof result, &fd, 0);
  while (got == -EINTR);
  if (got != sizeof result) return -EMFILE;
  return fd >= 0 ? fd : result;
}

static int64_t talk(int control, const struct question *question, int fd, const int32_t *pair) {
  static const struct notice notice = {.kind = NOTICE_ASK};
  size_t length = offsetof(struct question, text) + question->name_length + question->note_length;
  long error = send_to(pair[0], question, length, fd);
  if (error == 0) error = send_to(control, &notice, sizeof notice, pair[1]);
  sys_close(pair[1]);
  return error ? error : answer(pair[0]);
}

int64_t question_ask(int control, uint32_t nr, const int64_t *arguments) {
  struct question question;
  int32_t pair[2];
  int fd = nr == PSEUDO_HOLD ? (int)arguments[0] : -1;
  int64_t error = put(&question, nr, arguments);
  if (!error && nr == PSEUDO_HOLD) error = sys_2(__NR_fcntl, fd, F_GETFD) < 0 ? -EBADF : 0;
  if (!error)
    error = sys_4(__NR_socketpair, SYS_AF_UNIX, SYS_SOCK_SEQPACKET | SYS_SOCK_CLOEXEC, 0, pair);
  if (error) return error;
  int64_t result = talk(control, &question, fd, pair);
  sys_close(pair[0]);
  return result;
}
