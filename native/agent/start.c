/* The entry of the program: without a C library, from the kernel's stack; hosted (for sanitizers),
 * from main. */
#include "keeper.h"
#include <stdint.h>

#ifdef HOSTED
int main(int argc, char **argv, char **environment) {
  (void)argc;
  keeper_run(argv, environment);
}
#else
#if defined(__x86_64__)
__asm__(
    ".text\n.globl _start\n_start:\n  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n"
    "  call start\n");
#elif defined(__aarch64__)
__asm__(".text\n.globl _start\n_start:\n  mov x29, #0\n  mov x30, #0\n  mov x0, sp\n  bl start\n");
#endif

/* The stack holds argc, the arguments and a NULL, then the environment. */
_Noreturn void start(uint64_t *stack);
_Noreturn void start(uint64_t *stack) {
  keeper_run((char **)(stack + 1), (char **)(stack + stack[0] + 2));
}
#endif
