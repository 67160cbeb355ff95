/* A plan is the body of its STOP, in memory of its own. When all of a level have ended (and what
 * was left of their trees too) the next one begins; when all have, and the program was told of
 * each, it gets the answer. No level waits for the program.
 */
#include "stops.h"

#include "clock.h"
#include "ends.h"
#include "loop.h"
#include "processes.h"
#include "say.h"

#define PLANS 64
#define NOBODY WIRE_NUMBERS
#define AGAIN_MS 50 /* one that is still being made when it is to be killed is looked at again */

struct entry { /* a stop_entry, and whose its number was when it was asked for */
  struct stop_entry asked;
  uint64_t instance;
};

struct plan {
  struct entry *entries; /* NULL: the plan is free */
  uint32_t count;
  uint32_t seq;
  uint32_t begun, gone, told; /* entries before these have been begun, have ended, are told */
  uint64_t level_began;
};

static struct plan plans[PLANS];
static uint32_t active;

/* ---- one process ---- */

static struct process *process_of(const struct entry *entry) {
  if (entry->asked.number == NOBODY) return NULL;
  struct process *process = process_at(entry->asked.number);
  return process->ended.instance == entry->instance ? process : NULL;
}

static bool is_told(const struct entry *entry) {
  const struct process *process = process_of(entry);
  return !process || process->state == PROCESS_FREE || process->state == PROCESS_TOLD;
}

static bool has_gone(const struct entry *entry) {
  const struct process *process = process_of(entry);
  return is_told(entry) || (process->state == PROCESS_ENDED && !process->sweeping);
}

static void tell(const struct process *process, const struct stop_entry *asked, int number) {
  bool alone = asked->flags & STOP_ALONE;
  if (alone || sys_kill(-process->pid, number) < 0) sys_kill(process->pid, number);
}

static void begin(const struct entry *entry) {
  struct process *process = process_of(entry);
  if (!process || process->state != PROCESS_RUNS) return;
  if (process->cause == CAUSE_ITSELF) process->cause = CAUSE_STOPPED;
  tell(process, &entry->asked, entry->asked.signal);
  tell(process, &entry->asked, SIGNAL_CONT);
}

/* The rest of its tree is swept when it has ended. */
static void force(struct process *process) {
  process->cause = CAUSE_FORCED;
  sys_kill(-process->pid, SIGNAL_KILL);
  sys_kill(process->pid, SIGNAL_KILL);
}

/* Kills what is left when its grace is over; else the milliseconds until then. 0: it need not be
 * killed. */
static uint64_t left_of(const struct plan *plan, const struct entry *entry, uint64_t now) {
  struct process *process = process_of(entry);
  uint64_t end = plan->level_began + entry->asked.grace_ms * MILLISECOND;
  if (has_gone(entry) || process->cause == CAUSE_FORCED) return 0;
  if (now < end) return (end - now) / MILLISECOND + 1;
  if (process->state != PROCESS_RUNS) return AGAIN_MS;
  force(process);
  return 0;
}

/* ---- a plan ---- */

static void grace_is_over(uint32_t index);
static struct source timer = {.ready = grace_is_over, .fd = -1, .level = LEVEL_CORE};

long stops_open(void) {
  return timer_open(&timer);
}

/* Looks at all that have been told to end, and sets the timer for the next of them. */
static void watch_grace(void) {
  uint64_t soonest = 0, now = clock_steady();
  for (struct plan *plan = plans; plan < plans + PLANS; plan++)
    for (uint32_t i = plan->gone; i < plan->begun; i++) {
      uint64_t left = left_of(plan, &plan->entries[i], now);
      if (left && (!soonest || left < soonest)) soonest = left;
    }
  timer_once(&timer, soonest);
}

static void grace_is_over(uint32_t index) {
  uint64_t count;
  (void)index;
  sys_read(timer.fd, &count, sizeof count);
  ends_reap();
  watch_grace();
}

/* Those that have ended by now ended by themselves. */
static void begin_level(struct plan *plan) {
  uint32_t level = plan->entries[plan->begun].asked.level;
  ends_reap();
  plan->level_began = clock_steady();
  while (plan->begun < plan->count && plan->entries[plan->begun].asked.level == level)
    begin(&plan->entries[plan->begun++]);
}

static void forget(struct plan *plan) {
  sys_2(__NR_munmap, plan->entries, plan->count * sizeof *plan->entries);
  *plan = (struct plan){0};
  active--;
}

static void finish(struct plan *plan) {
  say_result(0, plan->seq, 0);
  forget(plan);
}

void stops_forget(void) {
  for (struct plan *plan = plans; plan < plans + PLANS; plan++)
    if (plan->entries) forget(plan);
}

/* Whether a level has begun. */
static bool go_on(struct plan *plan) {
  bool began = false;
  for (;;) {
    while (plan->gone < plan->begun && has_gone(&plan->entries[plan->gone])) plan->gone++;
    if (plan->gone < plan->begun || plan->begun == plan->count) break;
    begin_level(plan);
    began = true;
  }
  while (plan->told < plan->gone && is_told(&plan->entries[plan->told])) plan->told++;
  if (plan->told == plan->count) finish(plan);
  return began;
}

void stops_go_on(void) {
  bool began = false;
  if (!active) return;
  for (struct plan *plan = plans; plan < plans + PLANS; plan++)
    if (plan->entries) began |= go_on(plan);
  if (began) watch_grace();
}

static bool is_right(const uint8_t *body, uint32_t count) {
  struct stop_entry entry;
  for (uint32_t i = 0, level = 0; i < count; i++, level = entry.level) {
    memcpy(&entry, body + i * sizeof entry, sizeof entry);
    if (entry.level < level || entry.number >= WIRE_NUMBERS) return false;
    if (!entry.signal || entry.signal > SIGNAL_LAST || entry.flags > STOP_ALONE) return false;
  }
  return true;
}

static struct plan *free_plan(void) {
  for (struct plan *plan = plans; plan < plans + PLANS; plan++)
    if (!plan->entries) return plan;
  return NULL;
}

/* By the time that its level begins, its number may be another's. */
static struct entry entry_of(const uint8_t *body) {
  struct entry entry;
  memcpy(&entry.asked, body, sizeof entry.asked);
  const struct process *process = process_at(entry.asked.number);
  entry.instance = process->ended.instance;
  if (process->state == PROCESS_FREE) entry.asked.number = NOBODY;
  return entry;
}

static int64_t add(uint32_t seq, const uint8_t *body, uint32_t count) {
  struct plan *plan = free_plan();
  if (!is_right(body, count)) return -EINVAL;
  if (!plan) return -EBUSY;
  long address = sys6(__NR_mmap, 0, (long)(count * sizeof(struct entry)), PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys_failed(address)) return address;
  *plan = (struct plan){.entries = (struct entry *)address, .count = count, .seq = seq};
  active++;
  for (uint32_t i = 0; i < count; i++)
    plan->entries[i] = entry_of(body + i * sizeof(struct stop_entry));
  return 0;
}

void stop_request(uint32_t seq, const uint8_t *body, uint32_t length) {
  int64_t result = add(seq, body, length / (uint32_t)sizeof(struct stop_entry));
  if (result)
    say_result(0, seq, result);
  else
    stops_go_on();
}
