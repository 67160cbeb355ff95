/* The agent sets itself up, says HELLO, and turns its loop until the program's stream ends, a
 * rule of the protocol is broken or it is told to end; one that stands, only when it is told to.
 * Then it ends every descendant and removes the temporary directory, whatever the reason was. A
 * turn hears no more than the program takes: see `hears`.
 */
#include "agent.h"

#include "../common/tree.h"
#include "abode.h"
#include "caller.h"
#include "children.h"
#include "claims.h"
#include "descendants.h"
#include "door.h"
#include "ends.h"
#include "group.h"
#include "hello.h"
#include "host.h"
#include "input.h"
#include "interrupts.h"
#include "kept.h"
#include "loop.h"
#include "notices.h"
#include "output.h"
#include "resident.h"
#include "say.h"
#include "session.h"
#include "settings.h"
#include "stops.h"
#include "tenancy.h"
#include "thread.h"
#include "threads.h"
#include "window.h"

#define INTERRUPT_AGAIN_MS 5
#define PRIVATE_FD 100 /* out of the way of what is inherited */

/* Large replies go before what streams hold, or they might never find the window open. */
static enum level hears(void) {
  if (output_overfull()) return LEVEL_CORE;
  if (output_full()) return LEVEL_INPUT;
  return replies_wait() || !window_left() ? LEVEL_THREADS : LEVEL_STREAMS;
}

/* Until there is no more to tell, or the program takes no more. */
static void tell_program(void) {
  bool full;
  do {
    if (tenancy_has_begun()) {
      replies_tell();
      ends_tell();
      stops_go_on();
      host_tell();
    }
    full = output_full();
    output_write();
  } while (full && !output_full());
}

/* To and from programs, beside what the one in charge says and is told. */
static void change_programs(void) {
  door_turn();
  tenancy_go_on();
  caller = session_in_charge();
  if (!settings.is_init && door_is_idle() && tenancy_is_idle()) session_end_all();
}

static void loop(void) {
  while (!session_all_is_over()) {
    loop_turn(hears(), interrupts_wanted ? INTERRUPT_AGAIN_MS : -1);
    if (interrupts_wanted) interrupt_repeat();
    if (settings.system && !session_all_is_over()) change_programs();
    if (!session_is_over()) tell_program();
  }
  if (session_status()) output_finish(); /* what was wrong is said last */
}

static void told_to_end(uint32_t index) {
  (void)index;
  session_end_all();
}

static struct source end_signals = {.ready = told_to_end, .fd = -1, .level = LEVEL_CORE};

/* Signals come as descriptors. Threads start with the mask that the agent was started with, and
 * with none of the signals ignored that whoever started it ignored. */
static long take_signals(void) {
  uint64_t ends = SIGNAL_BIT(SIGNAL_TERM) | SIGNAL_BIT(SIGNAL_INT) | SIGNAL_BIT(SIGNAL_HUP);
  uint64_t all = ends | SIGNAL_BIT(SIGNAL_CHLD);
  uint64_t *before = settings.resumes ? NULL : &settings.signal_mask;
  sys_4(__NR_rt_sigprocmask, 2 /* SIG_SETMASK */, &all, before, 8);
  for (int number = 1; number <= SIGNAL_LAST; number++) sys_default_signal(number);
  sys_catch_signal(SIGNAL_PIPE);
  sys_catch_signal(SIGNAL_URG);
  end_signals.fd = (int)sys_4(__NR_signalfd4, -1, &ends, 8, O_CLOEXEC | O_NONBLOCK);
  return end_signals.fd < 0 ? end_signals.fd : ends_open();
}

static void raise_file_limit(void) {
  if (settings.resumes) return;
  sys_4(__NR_prlimit64, 0, 7 /* RLIMIT_NOFILE */, NULL, settings.file_limit);
  uint64_t raised[2] = {settings.file_limit[1], settings.file_limit[1]};
  sys_4(__NR_prlimit64, 0, 7, raised, NULL);
}

static long move_away(int fd) {
  long moved = sys_3(__NR_fcntl, fd, F_DUPFD_CLOEXEC, PRIVATE_FD);
  if (moved == -EINVAL) moved = sys_3(__NR_fcntl, fd, F_DUPFD_CLOEXEC, 3);
  if (moved < 0) return moved;
  long flags = sys_2(__NR_fcntl, moved, F_GETFL);
  sys_3(__NR_fcntl, moved, F_SETFL, flags | O_NONBLOCK);
  return moved;
}

/* Standard input and output; null is there instead. */
static long take_stream(int32_t *fds) {
  for (int fd = 0; fd < 2; fd++) {
    long moved = move_away(fd);
    if (moved < 0) return moved;
    fds[fd] = (int32_t)moved;
  }
  int null = (int)sys_3(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 2; fd++)
    if (null < 0 || sys_3(__NR_dup3, null, fd, 0) < 0) sys_close(fd);
  if (null > 2) sys_close(null);
  return 0;
}

static long take_program(void) {
  int32_t fds[2];
  long error = take_stream(fds);
  if (error) return error;
  caller = 1;
  session_open();
  error = output_open(fds[1]);
  return error ? error : input_open(fds[0], LEVEL_INPUT);
}

/* The init of a container was not sent to a resident: it is one, and its own stream the first. */
static const char *open_door(void) {
  int32_t fds[2];
  kept_directory(settings.directory);
  if (output_open(-1) < 0 || door_open() < 0) return "cannot make the socket of its system";
  abode_watch();
  if (!settings.is_init)
    resident_hush();
  else if (take_stream(fds) < 0 || door_admit(fds[0], fds[1]) < 0)
    return "cannot take its standard input and output";
  return NULL;
}

static const char *go_on(void) {
  kept_directory(settings.directory);
  if (output_open(-1) < 0 || door_go_on() < 0) return "cannot go on at the socket of its system";
  abode_watch();
  kept_go_on();
  ends_go_on();
  return NULL;
}

static int spare = -1; /* closed when everything is ended, which takes a descriptor at a time */

static const char *set_up(void) {
  raise_file_limit();
  children_open();
  spare = (int)sys_3(__NR_openat, AT_FDCWD, "/", O_PATH | O_CLOEXEC);
  if (loop_open() < 0 || take_signals() < 0 || loop_watch(&end_signals, SYS_POLLIN) < 0 ||
      stops_open() < 0)
    return "cannot make its descriptors: the limit of open files is too low";
  long program = settings.system ? 0 : take_program();
  if (program == -EPERM) return "standard input and output must be pipes or sockets";
  if (program < 0) return "cannot move its standard input and output";
  settings.slots = claims_map() ? slots_map() : 0;
  if (!settings.slots) return "cannot map memory for threads";
  threads_open(settings.slots, notice_ready);
  const char *fault = threads_first(thread_main);
  if (fault) return fault;
  if (settings.system) return settings.resumes ? go_on() : open_door();
  hello_say(settings.slots, session_generation());
  return NULL;
}

_Noreturn void agent_run(void) {
  settings.agent_pid = (int32_t)sys_0(__NR_getpid);
  sys_2(__NR_prctl, PR_SET_NAME, "bw-agent");
  settings.adopts = sys_2(__NR_prctl, PR_SET_CHILD_SUBREAPER, 1) == 0 || settings.is_init;
  if (settings.keeper_pid) sys_2(__NR_prctl, PR_SET_PDEATHSIG, SIGNAL_TERM);
  if (settings.keeper_pid && sys_0(__NR_getppid) != settings.keeper_pid) sys_exit(1);
  const char *fault = set_up();
  if (fault) {
    if (caller != NOBODY) session_fail(fault);
    if (caller != NOBODY) output_finish();
    give_up(fault);
  }
  if (settings.system)
    change_programs();
  else
    output_write();
  loop();
  if (settings.system) door_close();
  if (spare >= 0) sys_close(spare);
  descendants_end();
  group_remove();
  tree_remove(AT_FDCWD, settings.temporary);
  sys_exit(settings.system ? 0 : session_status());
}
