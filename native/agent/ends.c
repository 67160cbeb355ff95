/* The agent alone reaps, so a pid that it has not reaped is never another process's. The group of
 * one that has ended is killed before it is reaped, while its number is still its own. What is
 * left of its tree is swept then, all that ended together in one pass; when nothing is left, and
 * what it wrote has gone to the program, the program is told.
 */
#include "ends.h"

#include "clock.h"
#include "kept.h"
#include "loop.h"
#include "notices.h"
#include "output.h"
#include "processes.h"
#include "reads.h"
#include "say.h"
#include "settings.h"
#include "state.h"
#include "sweep.h"
#include "threads.h"
#include <linux/signalfd.h>

#define SWEEP_LIMIT 2000 /* ms; what cannot be killed by then (it is stuck in the kernel) is left */

#define REAPED_MOST 256 /* in one turn */
#define FEW 128         /* children, of which a pass costs nothing */
#define SHARE 16
#define PASS_MS 2

struct child_info { /* siginfo_t of SIGCHLD */
  int32_t number;
  int32_t error;
  int32_t code;
  int32_t padding;
  int32_t pid;
  uint32_t uid;
  int32_t status;
  uint8_t rest[100];
};
_Static_assert(sizeof(struct child_info) == 128, "child_info");

struct usage { /* struct rusage */
  int64_t user[2];
  int64_t system[2];
  int64_t maxrss_kib;
  int64_t rest[13];
};

enum { CODE_EXITED = 1, CODE_KILLED, CODE_DUMPED, CODE_TRAPPED, CODE_STOPPED, CODE_CONTINUED };

struct list { /* of numbers; a process is in one of them at most */
  uint32_t first, last;
};

uint32_t ends_count;

static uint32_t nexts[WIRE_NUMBERS];
static struct list news = {WIRE_NUMBERS, WIRE_NUMBERS}, told = {WIRE_NUMBERS, WIRE_NUMBERS};
static uint32_t again = WIRE_NUMBERS; /* from this one on, those told are told again */
static uint32_t last_event;
static bool limit_is_set;
static uint32_t unswept;  /* ends since the last pass */
static uint32_t children; /* that it looked at */

static void append(struct list *list, uint32_t number) {
  nexts[number] = WIRE_NUMBERS;
  if (list->first == WIRE_NUMBERS)
    list->first = number;
  else
    nexts[list->last] = number;
  list->last = number;
}

/* Takes out what follows `previous`, or the first. */
static void take_out(struct list *list, uint32_t previous, uint32_t number) {
  if (previous == WIRE_NUMBERS)
    list->first = nexts[number];
  else
    nexts[previous] = nexts[number];
  if (list->last == number) list->last = previous;
}

static void add_news(uint32_t number) {
  struct process *process = process_at(number);
  if (!process->news) append(&news, number);
  process->news = true;
}

/* ---- reaping ---- */

static long wait_for(int which, int32_t pid, struct child_info *info, int options,
                     struct usage *usage) {
  long result;
  *info = (struct child_info){0};
  do result = sys_5(__NR_waitid, which, pid, info, options | __WALL, usage);
  while (result == -EINTR);
  return result;
}

static void note_change(uint32_t number, const struct child_info *info) {
  struct process *process = process_at(number);
  process->changed = true;
  process->stopped = info->code == CODE_STOPPED;
  process->changed_by = (uint8_t)info->status;
  add_news(number);
}

static uint64_t microseconds(const int64_t *time) {
  return (uint64_t)(time[0] * 1000000 + time[1]);
}

static void note_end(uint32_t number, const struct child_info *info, const struct usage *usage) {
  struct process *process = process_at(number);
  struct ended *ended = &process->ended;
  ended->time = clock_boot();
  ended->kind = (uint32_t)(info->code - CODE_EXITED + END_EXITED);
  ended->status = info->status;
  ended->cause = process->cause;
  ended->user_us = microseconds(usage->user);
  ended->system_us = microseconds(usage->system);
  ended->maxrss_kib = (uint64_t)usage->maxrss_kib;
  process->state = PROCESS_ENDED;
  process->sweeping = true;
  process->changed = false;
  add_news(number);
}

/* The process of ours that a pid is, or WIRE_NUMBERS for an orphan. */
static uint32_t running(int32_t pid) {
  uint32_t number = process_find(pid);
  if (number == WIRE_NUMBERS || process_at(number)->state != PROCESS_RUNS) {
    thread_settle_pid(pid);
    number = process_find(pid);
  }
  return number != WIRE_NUMBERS && process_at(number)->state == PROCESS_RUNS ? number
                                                                             : WIRE_NUMBERS;
}

static void reap(const struct child_info *seen) {
  struct child_info info;
  struct usage usage;
  uint32_t number = running(seen->pid);
  if (number != WIRE_NUMBERS)
    sys_kill(-seen->pid, SIGNAL_KILL);
  else
    sweep_reaps(seen->pid, seen->code == CODE_KILLED && seen->status == SIGNAL_KILL);
  if (wait_for(P_PID, seen->pid, &info, WEXITED, &usage) < 0) return;
  ends_count++;
  if (number != WIRE_NUMBERS) note_end(number, &info, &usage);
}

static void child_changed(int32_t pid) {
  struct child_info info;
  uint32_t number = running(pid);
  if (wait_for(P_PID, pid, &info, WSTOPPED | WCONTINUED | WNOHANG, NULL) < 0 || !info.pid) return;
  if (number != WIRE_NUMBERS && info.code >= CODE_STOPPED) note_change(number, &info);
}

static void limit_reached(uint32_t index);
static struct source limit = {.ready = limit_reached, .fd = -1, .level = LEVEL_CORE};

static void sweep_all(void) {
  bool sweeping = false;
  unswept = 0;
  for (uint32_t number = news.first; number != WIRE_NUMBERS; number = nexts[number])
    process_at(number)->sweeping = false;
  if (news.first != WIRE_NUMBERS) children = sweep();
  for (uint32_t number = news.first; number != WIRE_NUMBERS; number = nexts[number])
    sweeping |= process_at(number)->sweeping;
  if (sweeping && !limit_is_set) limit_is_set = timer_once(&limit, SWEEP_LIMIT) == 0;
}

/* Those that have waited for less wait until the next time. */
static void limit_reached(uint32_t index) {
  uint64_t now = clock_boot(), count;
  (void)index;
  sys_read(limit.fd, &count, sizeof count);
  limit_is_set = false;
  for (uint32_t number = news.first; number != WIRE_NUMBERS; number = nexts[number]) {
    struct process *process = process_at(number);
    if (!process->sweeping) continue;
    if (now - process->ended.time >= SWEEP_LIMIT * MILLISECOND)
      process->sweeping = false;
    else if (!limit_is_set)
      limit_is_set = timer_once(&limit, SWEEP_LIMIT) == 0;
  }
}

/* A pass costs as much as there are children, so where there are many it is made for many ends,
 * or soon. */
static void pass_is_due(uint32_t index);
static struct source pass = {.ready = pass_is_due, .fd = -1, .level = LEVEL_CORE};

static void pass_is_due(uint32_t index) {
  uint64_t count;
  (void)index;
  sys_read(pass.fd, &count, sizeof count);
  sweep_all();
}

/* False when there is none. */
static bool reap_next(void) {
  struct child_info info;
  long result =
      wait_for(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT, NULL);
  if (result < 0 || !info.pid) return false;
  if (info.code <= CODE_DUMPED)
    reap(&info);
  else
    child_changed(info.pid);
  return true;
}

/* Orphans may end as fast as they are reaped; the rest is left to the next turn of the loop. */
void ends_reap(void) {
  uint32_t before = ends_count, reaped = 0;
  while (reaped < REAPED_MOST && reap_next()) reaped++;
  if (reaped == REAPED_MOST) sys_kill(settings.agent_pid, SIGNAL_CHLD);
  if (ends_count == before) return;
  unswept += ends_count - before;
  if (children < FEW || unswept >= children / SHARE)
    sweep_all();
  else
    timer_once(&pass, PASS_MS);
}

static void signalled(uint32_t index);
static struct source signals = {.ready = signalled, .fd = -1, .level = LEVEL_CORE};

static void signalled(uint32_t index) {
  struct signalfd_siginfo info;
  (void)index;
  sys_read(signals.fd, &info, sizeof info);
  ends_reap();
}

long ends_open(void) {
  uint64_t mask = SIGNAL_BIT(SIGNAL_CHLD);
  signals.fd = (int)sys_4(__NR_signalfd4, -1, &mask, 8, O_CLOEXEC | O_NONBLOCK);
  if (signals.fd < 0) return signals.fd;
  long result = loop_watch(&signals, SYS_POLLIN);
  if (result == 0) result = timer_open(&limit);
  return result == 0 ? timer_open(&pass) : result;
}

/* ---- telling ---- */

static void tell_change(uint32_t number) {
  struct process *process = process_at(number);
  if (!process->changed) return;
  struct changed changed = {process->stopped, process->changed_by};
  process->changed = false;
  say(FRAME_CHANGED, number, 0, &changed, sizeof changed);
}

static bool may_tell_end(uint32_t number) {
  struct process *process = process_at(number);
  if (process->sweeping || !notices_finish(number)) return false;
  if (!process->measured) streams_measure(number);
  process->measured = true;
  return streams_drain(number);
}

static void say_ended(uint32_t number) {
  const struct process *process = process_at(number);
  say(FRAME_ENDED, number, process->event, &process->ended, sizeof process->ended);
}

static void tell_end(uint32_t number) {
  struct process *process = process_at(number);
  streams_disown(number);
  process->state = PROCESS_TOLD;
  process->event = ++last_event;
  say_ended(number);
  append(&told, number);
}

/* Whether all has been. */
static bool tell_again(void) {
  for (; again != WIRE_NUMBERS && !output_full(); again = nexts[again]) say_ended(again);
  return again == WIRE_NUMBERS;
}

/* What may not go yet, because of what its process wrote, does not keep the rest back. */
void ends_tell(void) {
  uint32_t previous = WIRE_NUMBERS, number = news.first;
  if (!tell_again()) return;
  while (number != WIRE_NUMBERS && !output_full()) {
    uint32_t next = nexts[number];
    struct process *process = process_at(number);
    tell_change(number);
    if (process->state == PROCESS_ENDED && !may_tell_end(number)) {
      previous = number;
    } else {
      take_out(&news, previous, number);
      process->news = false;
      if (process->state == PROCESS_ENDED) tell_end(number);
    }
    number = next;
  }
}

void ends_acknowledge(uint32_t event) {
  while (told.first != WIRE_NUMBERS) {
    uint32_t number = told.first;
    if ((int32_t)(event - process_at(number)->event) < 0) return;
    if (again == number) again = nexts[number];
    take_out(&told, WIRE_NUMBERS, number);
    kept_disown(number);
    process_free(number);
  }
}

/* ---- another program ---- */

static bool may_forget(uint32_t number) {
  struct process *process = process_at(number);
  if (process->kept || process->state < PROCESS_ENDED || process->sweeping) return false;
  return notices_finish(number);
}

static void forget(struct list *list) {
  uint32_t previous = WIRE_NUMBERS, number = list->first;
  while (number != WIRE_NUMBERS) {
    uint32_t next = nexts[number];
    if (may_forget(number)) {
      take_out(list, previous, number);
      process_free(number);
    } else {
      previous = number;
    }
    number = next;
  }
}

void ends_forget(void) {
  again = WIRE_NUMBERS;
  forget(&told);
  forget(&news);
}

void ends_tell_again(void) {
  again = told.first;
}

/* ---- going on as another image ---- */

static void save(const struct list *list, uint32_t tag) {
  for (uint32_t number = list->first; number != WIRE_NUMBERS; number = nexts[number])
    if (process_at(number)->kept) state_put(tag, &number, sizeof number);
}

void ends_save(void) {
  state_put(STATE_ENDS, &last_event, sizeof last_event);
  save(&news, STATE_NEWS);
  save(&told, STATE_TOLD);
}

static bool restore(struct list *list, uint32_t number, enum process_state state) {
  struct process *process = number < WIRE_NUMBERS ? process_at(number) : NULL;
  if (!process || process->state != state || process->news) return false;
  process->news = true; /* of those told, until all are restored */
  append(list, number);
  return true;
}

bool ends_restore(const struct state_record *from) {
  uint32_t value;
  state_take(from, &value, sizeof value);
  if (from->tag == STATE_TOLD) return restore(&told, value, PROCESS_TOLD);
  if (from->tag == STATE_ENDS) last_event = value;
  if (from->tag != STATE_NEWS) return true;
  bool ended = value < WIRE_NUMBERS && process_at(value)->state == PROCESS_ENDED;
  return restore(&news, value, ended ? PROCESS_ENDED : PROCESS_RUNS);
}

void ends_go_on(void) {
  for (uint32_t number = told.first; number != WIRE_NUMBERS; number = nexts[number])
    process_at(number)->news = false;
  ends_reap();
  sweep_all();
}
