/* Pseudo calls: loops that would otherwise cost a round trip for every turn.
 *
 * A signal ends a loop only when somebody asked to interrupt this batch. A descriptor that happens
 * to be non-blocking is waited for, so that every loop is like the call on a blocking one. */
#include "pseudo.h"

#include "tree.h"
#include "wire.h"

#define COPY_CHUNK 32768

/* After a call that failed: whether to try again. */
static bool again(struct executor *executor, long result, int fd, int16_t events,
                  bool *interrupted) {
  if (result == -EAGAIN) {
    result = sys_poll_one(fd, events, NULL);
    if (result >= 0) return true;
  }
  if (result != -EINTR) return false;
  *interrupted = executor->interrupted(executor);
  return !*interrupted;
}

/* read(2) or write(2) until `count`, the end, an error or an interruption. `*done` bytes were
 * moved. */
static long move_all(struct executor *executor, bool reading, int fd, uint8_t *bytes,
                     uint64_t count, uint64_t *done) {
  bool interrupted = false;
  for (*done = 0; *done < count;) {
    long result = reading ? sys_read(fd, bytes + *done, count - *done)
                          : sys_write(fd, bytes + *done, count - *done);
    if (result == 0) break;
    if (result > 0) {
      *done += (uint64_t)result;
      if (!executor->interrupted(executor)) continue;
      interrupted = true;
    } else if (again(executor, result, fd, reading ? SYS_POLLIN : SYS_POLLOUT, &interrupted)) {
      continue;
    }
    return interrupted ? -EINTR : result;
  }
  return 0;
}

static int64_t partial(long error, uint64_t done) {
  if (error && !(error == -EINTR && done)) return error;
  return (int64_t)done;
}

/* Bytes that were read are always written: an interruption between the two only ends the copy. */
static int64_t copy(struct executor *executor, int from, int to, uint64_t count) {
  uint8_t bytes[COPY_CHUNK];
  uint64_t total = 0;
  while (total < count) {
    uint64_t want = count - total < sizeof bytes ? count - total : sizeof bytes, written;
    bool interrupted = false;
    long got = sys_read(from, bytes, want);
    if (got == 0) break;
    if (got < 0) {
      if (again(executor, got, from, SYS_POLLIN, &interrupted)) continue;
      return partial(interrupted ? -EINTR : got, total);
    }
    long error = move_all(executor, false, to, bytes, (uint64_t)got, &written);
    total += written;
    if (error) return partial(error, total);
  }
  return (int64_t)total;
}

/* Some file systems answer EROFS or EACCES for a directory that is there, so what is there
 * decides. */
static int64_t ensure_directory(int directory, const char *path, uint32_t mode) {
  long error = sys_3(__NR_mkdirat, directory, path, mode);
  if (error == 0) return 0;
  long fd = sys_3(__NR_openat, directory, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return error;
  sys_close((int)fd);
  return 1;
}

int64_t pseudo_call(struct executor *executor, uint32_t nr, const int64_t *arguments) {
  uint8_t *bytes = (uint8_t *)(uintptr_t)arguments[1];
  uint64_t count = (uint64_t)arguments[2], done;
  long error;
  switch (nr) {
    case PSEUDO_COPY:
      return copy(executor, (int)arguments[0], (int)arguments[1], count);
    case PSEUDO_WRITE_ALL:
    case PSEUDO_READ_FULL:
      error = move_all(executor, nr == PSEUDO_READ_FULL, (int)arguments[0], bytes, count, &done);
      return partial(error, done);
    case PSEUDO_REMOVE_TREE:
      return tree_remove((int)arguments[0], (const char *)bytes);
    case PSEUDO_ENSURE_DIRECTORY:
      return ensure_directory((int)arguments[0], (const char *)bytes, (uint32_t)count);
  }
  return -ENOSYS;
}
