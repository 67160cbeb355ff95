/* The agent proper: it sets itself up, says HELLO, and turns one loop until the program's stream
 * ends, a rule of the protocol is broken or it is told to end. Then it ends every descendant and
 * removes the temporary directory, whatever the reason was. */
#include "agent.h"
#include <linux/eventpoll.h>
#include <linux/signalfd.h>
#include <linux/utsname.h>

#define INTERRUPT_AGAIN_MS 5

int end_signals = -1;
static int child_signals = -1;
static int poll_fd = -1;

_Static_assert(SYS_POLLIN == EPOLLIN && SYS_POLLOUT == EPOLLOUT, "poll and epoll bits");

long watch(enum watched kind, uint32_t index, int fd, uint32_t events) {
  struct epoll_event event = {events, (uint64_t)kind << 32 | index};
  return sys_4(__NR_epoll_ctl, poll_fd, EPOLL_CTL_ADD, fd, &event);
}

void unwatch(int fd) {
  struct epoll_event event = {0, 0};
  sys_4(__NR_epoll_ctl, poll_fd, EPOLL_CTL_DEL, fd, &event);
}

static void read_child_signals(void) {
  struct signalfd_siginfo info;
  sys_read(child_signals, &info, sizeof info);
  reap_children();
}

static void handle(uint64_t data) {
  uint32_t index = (uint32_t)data;
  switch ((enum watched)(data >> 32)) {
    case WATCH_PROGRAM:
      program_event();
      break;
    case WATCH_OUTPUT:
      break; /* every turn flushes */
    case WATCH_CHILDREN:
      read_child_signals();
      break;
    case WATCH_END:
    case WATCH_SILENCE:
      program_over = true;
      break;
    case WATCH_THREAD:
      thread_event(index);
      break;
    case WATCH_STREAM:
      stream_event(index);
      break;
  }
}

static void loop(void) {
  struct epoll_event events[64];
  while (!program_over) {
    long count = sys6(__NR_epoll_pwait, poll_fd, (long)events, 64,
                      interrupts_wanted ? INTERRUPT_AGAIN_MS : -1, 0, 8);
    if (interrupts_wanted) interrupt_repeat();
    for (long i = 0; i < count && !program_over; i++) handle(events[i].data);
    output_flush();
  }
}

/* Signals come as descriptors. Threads start with the mask that the agent was started with, and
 * with none of the signals ignored that whoever started it ignored. */
static void take_signals(void) {
  uint64_t children = SIGNAL_BIT(SIGNAL_CHLD);
  uint64_t ends = SIGNAL_BIT(SIGNAL_TERM) | SIGNAL_BIT(SIGNAL_INT) | SIGNAL_BIT(SIGNAL_HUP);
  uint64_t both = children | ends;
  sys_4(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &both, &settings.signal_mask, 8);
  for (int number = 1; number <= 64; number++) sys_default_signal(number);
  sys_catch_signal(SIGNAL_PIPE);
  sys_catch_signal(SIGNAL_URG);
  child_signals = (int)sys_4(__NR_signalfd4, -1, &children, 8, O_CLOEXEC | O_NONBLOCK);
  end_signals = (int)sys_4(__NR_signalfd4, -1, &ends, 8, O_CLOEXEC | O_NONBLOCK);
}

static void raise_file_limit(void) {
  sys_4(__NR_prlimit64, 0, 7 /* RLIMIT_NOFILE */, NULL, settings.file_limit);
  uint64_t raised[2] = {settings.file_limit[1], settings.file_limit[1]};
  sys_4(__NR_prlimit64, 0, 7, raised, NULL);
}

static uint32_t put(uint8_t *at, const char *text, uint32_t room) {
  uint32_t length = (uint32_t)strlen(text);
  if (length > room) return 0;
  memcpy(at, text, length);
  return length;
}

static uint32_t put_environment(uint8_t *at, uint32_t room) {
  uint32_t used = 0;
  for (char **variable = settings.environment; *variable; variable++) {
    uint32_t length = (uint32_t)strlen(*variable) + 1;
    if (length > room - used) continue;
    memcpy(at + used, *variable, length);
    used += length;
  }
  return used;
}

static void say_hello(uint32_t slots) {
  struct new_utsname name;
  sys_1(__NR_uname, &name);
  struct hello hello = {.magic = WIRE_MAGIC,
                        .version = WIRE_VERSION,
#ifdef __x86_64__
                        .arch = ARCH_X86_64,
#else
                        .arch = ARCH_AARCH64,
#endif
                        .page_size = (uint32_t)settings.page_size,
                        .pid = (uint32_t)settings.agent_pid,
                        .uid = (uint32_t)sys_0(__NR_getuid),
                        .gid = (uint32_t)sys_0(__NR_getgid),
                        .thread_pid = (uint32_t)process_at(1)->pid,
                        .slots = slots - 1};
  uint8_t *body = output_begin(WIRE_MAX_BODY), *at = body + sizeof hello;
  at += hello.release_length = put(at, name.release, sizeof name.release);
  at += hello.nodename_length = put(at, name.nodename, sizeof name.nodename);
  at += hello.temporary_length = put(at, settings.temporary, sizeof settings.temporary);
  at += hello.environment_length = put_environment(at, WIRE_MAX_BODY - (uint32_t)(at - body));
  memcpy(body, &hello, sizeof hello);
  output_end(FRAME_HELLO, 0, 0, (uint32_t)(at - body));
}

_Noreturn static void finish(void) {
  kill_descendants();
  tree_remove(AT_FDCWD, settings.temporary);
  sys_exit(program_status);
}

_Noreturn void agent_run(void) {
  settings.agent_pid = (int32_t)sys_0(__NR_getpid);
  sys_2(__NR_prctl, PR_SET_NAME, "bw-agent");
  settings.adopts = sys_2(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1) == 0 || settings.is_init;
  take_signals();
  if (settings.keeper_pid) sys_2(__NR_prctl, PR_SET_PDEATHSIG, SIGNAL_TERM);
  if (settings.keeper_pid && sys_0(__NR_getppid) != settings.keeper_pid) sys_exit(1);
  raise_file_limit();
  poll_fd = (int)sys_1(__NR_epoll_create1, O_CLOEXEC);
  watch(WATCH_CHILDREN, 0, child_signals, SYS_POLLIN);
  watch(WATCH_END, 0, end_signals, SYS_POLLIN);
  if (program_open() < 0) give_up("standard input and output must be pipes or sockets");
  uint32_t slots = slots_map();
  const char *fault = slots ? threads_start(slots) : "cannot map memory for threads";
  if (fault) {
    program_fail(fault);
    give_up(fault);
  }
  say_hello(slots);
  output_flush();
  loop();
  finish();
}
