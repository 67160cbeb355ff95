/* The kernel, without a C library: system calls for x86_64 and aarch64, and the few kernel
 * structures that its user headers do not name. Every function returns what the kernel returns:
 * -errno on error.
 */
#ifndef BAILIWICK_SYS_H
#define BAILIWICK_SYS_H

#include <asm/errno.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/prctl.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef HOSTED
#include <string.h>
#else
void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int byte, size_t length);
int memcmp(const void *left, const void *right, size_t length);
size_t strlen(const char *text);
#endif

#if defined(__x86_64__)
static inline long sys6(long nr, long a, long b, long c, long d, long e, long f) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
static inline long sys6(long nr, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = nr;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}
#else
#error "x86_64 and aarch64 only"
#endif

#define SYS_ARGUMENT(a) ((long)(a))
#define sys_0(nr) sys6(nr, 0, 0, 0, 0, 0, 0)
#define sys_1(nr, a) sys6(nr, SYS_ARGUMENT(a), 0, 0, 0, 0, 0)
#define sys_2(nr, a, b) sys6(nr, SYS_ARGUMENT(a), SYS_ARGUMENT(b), 0, 0, 0, 0)
#define sys_3(nr, a, b, c) sys6(nr, SYS_ARGUMENT(a), SYS_ARGUMENT(b), SYS_ARGUMENT(c), 0, 0, 0)
#define sys_4(nr, a, b, c, d) \
  sys6(nr, SYS_ARGUMENT(a), SYS_ARGUMENT(b), SYS_ARGUMENT(c), SYS_ARGUMENT(d), 0, 0)
#define sys_5(nr, a, b, c, d, e) \
  sys6(nr, SYS_ARGUMENT(a), SYS_ARGUMENT(b), SYS_ARGUMENT(c), SYS_ARGUMENT(d), SYS_ARGUMENT(e), 0)

/* Starts `run(argument)` in a new process on the stack that ends at `stack`, or, when `stack` is
 * NULL, on a copy of the caller's own, which is only right without CLONE_VM. `run` must not return.
 * The caller gets the child's pid; the kernel also stores it at `pid` before the child runs (but
 * not qemu-user, where a forked child stores it for itself). */
long sys_spawn(unsigned long flags, void *stack, int32_t *pid, void (*run)(void *), void *argument);

#define SIGNAL_HUP 1
#define SIGNAL_INT 2
#define SIGNAL_KILL 9
#define SIGNAL_PIPE 13
#define SIGNAL_TERM 15
#define SIGNAL_CHLD 17
#define SIGNAL_CONT 18
#define SIGNAL_STOP 19
#define SIGNAL_URG 23
#define SIGNAL_LAST 64
#define SIGNAL_BIT(number) (1ull << ((number)-1))

/* Runs an empty handler for a signal, so that it interrupts calls (no SA_RESTART) and is default
 * again after execve(2). */
long sys_catch_signal(int number);
long sys_default_signal(int number);

struct sys_iovec {
  void *base;
  size_t length;
};

struct sys_message {
  void *name;
  int32_t name_length;
  struct sys_iovec *parts;
  size_t part_count;
  void *control;
  size_t control_length;
  uint32_t flags;
};

/* A control message that carries one descriptor. */
struct sys_passed_fd {
  size_t length;
  int32_t level;
  int32_t type;
  int32_t fd;
  int32_t padding;
};

#define SYS_AF_UNIX 1
#define SYS_SOCK_STREAM 1
#define SYS_SOCK_SEQPACKET 5
#define SYS_SOCK_CLOEXEC O_CLOEXEC
#define SYS_SOL_SOCKET 1
#define SYS_SCM_RIGHTS 1
#define SYS_MSG_DONTWAIT 0x40
#define SYS_MSG_NOSIGNAL 0x4000
#define SYS_MSG_CMSG_CLOEXEC 0x40000000

struct sys_pollfd {
  int32_t fd;
  int16_t events;
  int16_t revents;
};
#define SYS_POLLIN 1
#define SYS_POLLOUT 4

struct sys_timespec {
  int64_t seconds;
  int64_t nanoseconds;
};

/* Sends one message, with a descriptor when `fd` is not negative. */
long sys_send(int socket, const void *bytes, size_t length, int fd, int flags);
/* Receives one message; `*fd` is the descriptor that came with it or -1. */
long sys_receive(int socket, void *bytes, size_t length, int *fd, int flags);

/* Waits until a descriptor is ready; a signal ends the wait early. */
static inline long sys_poll_one(int fd, int16_t events, const struct sys_timespec *timeout) {
  struct sys_pollfd poll = {fd, events, 0};
  struct sys_timespec copy;
  if (timeout) copy = *timeout;
  return sys_5(__NR_ppoll, &poll, 1, timeout ? &copy : NULL, NULL, 8);
}

static inline long sys_close(int fd) {
  return sys_1(__NR_close, fd);
}

static inline long sys_read(int fd, void *bytes, size_t length) {
  return sys_3(__NR_read, fd, bytes, length);
}

static inline long sys_write(int fd, const void *bytes, size_t length) {
  return sys_3(__NR_write, fd, bytes, length);
}

static inline long sys_kill(int pid, int number) {
  return sys_2(__NR_kill, pid, number);
}

_Noreturn static inline void sys_exit(int status) {
  for (;;) sys_1(__NR_exit_group, status);
}

static inline bool sys_failed(long result) {
  return result < 0 && result >= -4095;
}

#endif
