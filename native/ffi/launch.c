/* Starting an agent: its bytes go into a sealed memfd, which is executed with the caller's socket as
 * its standard input and output.
 *
 * The child shares the address space until it executes, and the calling thread waits for that
 * (CLONE_VFORK), so no handler of the process may run in it: signals are blocked around the clone,
 * and the child puts every disposition back before it unblocks them. It gets its own session, so
 * that Ctrl-C at a terminal reaches the program alone.
 */
#include "../common/sys.h"
#include "ffi.h"
#include <linux/close_range.h>
#include <linux/memfd.h>

#define STREAM_BUFFER (4 << 20)
#define STACK (64u << 10)
#define MEMFD_EXEC 0x10u /* MFD_EXEC, not in every kernel's headers */

struct start {
  char **environment;
  char **arguments;
  uint64_t open_files; /* soft limit that services get; 0 leaves it */
  int agent;
  int stream;
  long error; /* of the child */
};

static long make_sealed(const uint8_t *bytes, uint64_t length) {
  uint32_t flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  long fd = sys_2(__NR_memfd_create, "bailiwick-agent", flags | MEMFD_EXEC);
  if (fd == -EINVAL) fd = sys_2(__NR_memfd_create, "bailiwick-agent", flags);
  if (fd < 0) return fd;
  long result = 0;
  for (uint64_t done = 0; done < length; done += (uint64_t)result) {
    result = sys_write((int)fd, bytes + done, length - done);
    if (result == -EINTR) result = 0;
    if (result < 0) break;
  }
  if (result >= 0)
    result = sys_3(__NR_fcntl, fd, F_ADD_SEALS,
                   F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
  if (result >= 0) return fd;
  sys_close((int)fd);
  return result;
}

/* As large as this user may have them. */
static void enlarge(int socket) {
  static const int options[2][2] = {{7, 32}, {8, 33}}; /* SO_SNDBUF[FORCE], SO_RCVBUF[FORCE] */
  int32_t size = STREAM_BUFFER;
  for (int i = 0; i < 2; i++)
    if (sys_5(__NR_setsockopt, socket, SYS_SOL_SOCKET, options[i][1], &size, sizeof size) < 0)
      sys_5(__NR_setsockopt, socket, SYS_SOL_SOCKET, options[i][0], &size, sizeof size);
}

static long put_in_place(struct start *start) {
  long stream = start->stream;
  if (stream < 2) stream = sys_3(__NR_fcntl, stream, F_DUPFD_CLOEXEC, 3);
  for (int fd = 0; fd < 2 && stream >= 0; fd++) {
    long result = sys_3(__NR_dup3, stream, fd, 0);
    if (result < 0) return result;
  }
  /* Not in every kernel; the agent closes what it finds again. */
  sys_3(__NR_close_range, 3, ~0u, CLOSE_RANGE_CLOEXEC);
  return stream < 0 ? stream : 0;
}

/* The agent takes what it is started with for the limit of its threads, and raises its own. */
static void limit_open_files(uint64_t soft) {
  uint64_t limit[2];
  if (!soft || sys_4(__NR_prlimit64, 0, 7 /* RLIMIT_NOFILE */, NULL, limit) < 0) return;
  limit[0] = soft < limit[1] ? soft : limit[1];
  sys_4(__NR_prlimit64, 0, 7, limit, NULL);
}

static void run_child(void *argument) {
  struct start *start = argument;
  uint64_t none = 0;
  sys_0(__NR_setsid);
  for (int number = 1; number <= SIGNAL_LAST; number++) sys_default_signal(number);
  start->error = put_in_place(start);
  limit_open_files(start->open_files);
  if (start->error >= 0) {
    sys_4(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &none, NULL, 8);
    start->error =
        sys_5(__NR_execveat, start->agent, "", start->arguments, start->environment, AT_EMPTY_PATH);
  }
  sys_exit(127);
}

static long run(struct start *start, void *stack) {
  uint64_t all = ~0ull, before;
  int32_t pid;
  sys_4(__NR_rt_sigprocmask, 2, &all, &before, 8);
  long result = sys_spawn(CLONE_VM | CLONE_VFORK | SIGNAL_CHLD, stack, &pid, run_child, start);
  sys_4(__NR_rt_sigprocmask, 2, &before, NULL, 8);
  if (result < 0 || !start->error) return result;
  int32_t status;
  bw_wait((int32_t)result, &status);
  return start->error;
}

/* Texts, each ended by NUL. */
struct block {
  const uint8_t *bytes;
  uint64_t length;
};

static bool is_whole(struct block block) {
  return !block.length || !block.bytes[block.length - 1];
}

static uint64_t count(struct block block) {
  uint64_t texts = 0;
  for (uint64_t i = 0; i < block.length; i++) texts += block.bytes[i] == 0;
  return texts;
}

/* Pointers to them, and a NULL; behind which there is room. */
static char **split(char **next, struct block block) {
  for (uint64_t at = 0; at < block.length; at += strlen((const char *)block.bytes + at) + 1)
    *next++ = (char *)(uintptr_t)(block.bytes + at);
  *next++ = NULL;
  return next;
}

/* The pointers stand in the memory that is also the child's stack, from its start. */
static long launch(int stream, int agent, struct block words, struct block environment,
                   uint64_t open_files) {
  uint64_t pointers = count(words) + 1 + count(environment) + 1;
  uint64_t size = STACK + (pointers * sizeof(char *) + 15) / 16 * 16;
  long memory =
      sys6(__NR_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys_failed(memory)) return memory;
  char **arguments = (char **)memory, **variables = split(arguments, words);
  split(variables, environment);
  struct start start = {variables, arguments, open_files, agent, stream, 0};
  enlarge(stream);
  long pid = run(&start, (void *)(memory + (long)size));
  sys_2(__NR_munmap, memory, size);
  return pid;
}

int32_t bw_launch(const uint8_t *agent, uint64_t length, const uint8_t *words,
                  uint64_t words_length, const uint8_t *environment, uint64_t environment_length,
                  int32_t stream, uint64_t open_files) {
  struct block arguments = {words, words_length}, variables = {environment, environment_length};
  if (!is_whole(arguments) || !is_whole(variables)) return -EINVAL;
  long memfd = make_sealed(agent, length);
  if (memfd < 0) return (int32_t)memfd;
  long pid = launch(stream, (int)memfd, arguments, variables, open_files);
  sys_close((int)memfd);
  return (int32_t)pid;
}
