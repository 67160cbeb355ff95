#include "children.h"

struct digits {
  int32_t value;
  bool any;
};

/* Whether /proc is of this PID namespace: else its numbers are other processes here. */
static bool proc_is_ours(void) {
  char text[16];
  int32_t value = 0;
  long length = sys_4(__NR_readlinkat, AT_FDCWD, "/proc/self", text, sizeof text);
  for (long i = 0; i < length; i++) value = value * 10 + (text[i] - '0');
  return length > 0 && value == sys_0(__NR_getpid);
}

static int list = -1;

void children_open(void) {
  if (list >= 0 || !proc_is_ours()) return;
  list = (int)sys_3(__NR_openat, AT_FDCWD, "/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
}

/* A number ends where anything else stands. */
static void feed(struct digits *digits, char byte, void (*each)(int32_t pid)) {
  if (byte >= '0' && byte <= '9') {
    digits->value = digits->value * 10 + (byte - '0');
    digits->any = true;
    return;
  }
  if (digits->any) each(digits->value);
  *digits = (struct digits){0, false};
}

#define LIST 4096
#define LONGEST 12 /* a number and a space: less is left unused unless it is the end */

static long read_list(int fd, void (*each)(int32_t pid)) {
  char bytes[LIST];
  struct digits digits = {0, false};
  long at = 0, length;
  do {
    length = sys_4(__NR_pread64, fd, bytes, LIST, at);
    for (long i = 0; i < length; i++) feed(&digits, bytes[i], each);
    at += length;
  } while (length > LIST - LONGEST);
  feed(&digits, ' ', each);
  return length < 0 ? -ENOENT : 0;
}

long children_each(void (*each)(int32_t pid)) {
  children_open();
  return list < 0 ? -ENOENT : read_list(list, each);
}

static size_t put_number(char *at, int32_t number) {
  char digits[12];
  size_t count = 0, length;
  for (; number; number /= 10) digits[count++] = (char)('0' + number % 10);
  for (length = 0; count; length++) at[length] = digits[--count];
  return length;
}

long proc_open(int32_t pid, const char *file) {
  char path[64] = "/proc/";
  size_t at = 6 + put_number(path + 6, pid);
  path[at++] = '/';
  memcpy(path + at, file, strlen(file) + 1);
  return sys_3(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
}

void children_of(int32_t pid, void (*each)(int32_t pid)) {
  char file[40] = "task/";
  size_t at = 5 + put_number(file + 5, pid);
  memcpy(file + at, "/children", sizeof "/children");
  long fd = proc_open(pid, file);
  if (fd < 0) return;
  read_list((int)fd, each);
  sys_close((int)fd);
}
