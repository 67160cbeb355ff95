/* What system calls need beyond the instruction: a new process on its own stack, a signal handler's
 * return, and messages that carry a descriptor. */
#include "sys.h"

struct kernel_sigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

#if defined(__x86_64__)
#define FLAG_RESTORER 0x04000000ul
void sys_restore(void);
__asm__(
    ".text\n"
    ".hidden sys_restore\n.globl sys_restore\n"
    "sys_restore:\n"
    "  mov $15, %eax\n" /* rt_sigreturn */
    "  syscall\n"
    ".hidden sys_spawn_on\n.globl sys_spawn_on\n"
    "sys_spawn_on:\n"
    "  and $-16, %rsi\n"
    "  sub $16, %rsi\n"
    "  mov %rcx, (%rsi)\n"
    "  mov %r8, 8(%rsi)\n"
    "  xor %r8, %r8\n"
    "  xor %r10, %r10\n"
    "  mov $56, %eax\n" /* clone */
    "  syscall\n"
    "  test %eax, %eax\n"
    "  jz 1f\n"
    "  ret\n"
    "1: xor %ebp, %ebp\n"
    "  pop %rax\n"
    "  pop %rdi\n"
    "  call *%rax\n"
    "  ud2\n");
#elif defined(__aarch64__)
#define FLAG_RESTORER 0ul /* the kernel's own return code is used */
#define sys_restore NULL
__asm__(
    ".text\n"
    ".hidden sys_spawn_on\n.globl sys_spawn_on\n"
    "sys_spawn_on:\n"
    "  and x1, x1, #-16\n"
    "  stp x3, x4, [x1, #-16]!\n"
    "  mov x3, #0\n"
    "  mov x4, #0\n"
    "  mov x8, #220\n" /* clone */
    "  svc 0\n"
    "  cbz x0, 1f\n"
    "  ret\n"
    "1: mov x29, #0\n"
    "  ldp x1, x0, [sp], #16\n"
    "  blr x1\n"
    "  brk #1\n");
#endif

long sys_spawn_on(unsigned long flags, void *stack, int32_t *pid, void (*run)(void *),
                  void *argument);

long sys_spawn(unsigned long flags, void *stack, int32_t *pid, void (*run)(void *),
               void *argument) {
  flags |= CLONE_PARENT_SETTID;
  if (stack) return sys_spawn_on(flags, stack, pid, run, argument);
  long result = sys_5(__NR_clone, flags, 0, pid, 0, 0);
  if (result == 0) run(argument);
  return result;
}

static void ignore_signal(int number) {
  (void)number;
}

static long set_signal(int number, void (*handler)(int), unsigned long flags) {
  struct kernel_sigaction action = {handler, flags | FLAG_RESTORER, sys_restore, 0};
  return sys_4(__NR_rt_sigaction, number, &action, NULL, 8);
}

long sys_catch_signal(int number) {
  return set_signal(number, ignore_signal, 0);
}

long sys_default_signal(int number) {
  return set_signal(number, NULL, 0);
}

long sys_send(int socket, const void *bytes, size_t length, int fd, int flags) {
  struct sys_iovec part = {(void *)(uintptr_t)bytes, length};
  struct sys_passed_fd passed = {offsetof(struct sys_passed_fd, padding), SYS_SOL_SOCKET,
                                 SYS_SCM_RIGHTS, fd, 0};
  struct sys_message message = {.parts = &part, .part_count = 1};
  if (fd >= 0) {
    message.control = &passed;
    message.control_length = sizeof passed;
  }
  return sys_3(__NR_sendmsg, socket, &message, flags | SYS_MSG_NOSIGNAL);
}

long sys_receive(int socket, void *bytes, size_t length, int *fd, int flags) {
  struct sys_iovec part = {bytes, length};
  struct sys_passed_fd passed;
  struct sys_message message = {
      .parts = &part, .part_count = 1, .control = &passed, .control_length = sizeof passed};
  long result = sys_3(__NR_recvmsg, socket, &message, flags | SYS_MSG_CMSG_CLOEXEC);
  bool came = result >= 0 && message.control_length >= offsetof(struct sys_passed_fd, padding) &&
              passed.type == SYS_SCM_RIGHTS;
  *fd = came ? passed.fd : -1;
  return result;
}
