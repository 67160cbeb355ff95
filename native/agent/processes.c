/* Processes are found by pid through chained buckets inside static memory. A number that was
 * reused while an ended process of the same pid waits to be acknowledged is found first. Notes
 * are in a mapping of their own, a page at each number, of which only what is written takes
 * memory. */
#include "processes.h"

#include "clock.h"
#include "state.h"

#define BUCKETS 16384u

static struct process processes[WIRE_NUMBERS];
static uint32_t buckets[BUCKETS]; /* number + 1, 0 for none */
static uint32_t used;             /* numbers below this one have been used */
static uint8_t *notes;

struct process *process_at(uint32_t number) {
  return &processes[number];
}

static uint32_t *bucket_of(int32_t pid) {
  return &buckets[(uint32_t)pid % BUCKETS];
}

void process_make(uint32_t number, uint64_t instance, uint16_t slot) {
  processes[number] = (struct process){
      .state = PROCESS_MAKING, .slot = slot, .started = clock_boot(), .ended.instance = instance};
  if (number >= used) used = number + 1;
}

void process_runs(uint32_t number, int32_t pid) {
  struct process *process = &processes[number];
  process->state = PROCESS_RUNS;
  process->pid = pid;
  process->next = *bucket_of(pid);
  *bucket_of(pid) = number + 1;
}

static void forget_note(uint32_t number) {
  if (processes[number].note_length)
    sys_3(__NR_madvise, notes + (uint64_t)number * WIRE_MAX_NOTE, WIRE_MAX_NOTE, MADV_DONTNEED);
}

void process_free(uint32_t number) {
  struct process *process = &processes[number];
  uint32_t *link = process->pid ? bucket_of(process->pid) : NULL;
  while (link && *link && *link != number + 1) link = &processes[*link - 1].next;
  if (link && *link) *link = process->next;
  forget_note(number);
  *process = (struct process){0};
}

uint32_t process_find(int32_t pid) {
  uint32_t link = *bucket_of(pid);
  while (link && processes[link - 1].pid != pid) link = processes[link - 1].next;
  return link ? link - 1 : WIRE_NUMBERS;
}

uint32_t process_of_instance(uint64_t instance) {
  for (uint32_t number = 0; number < used; number++)
    if (processes[number].state && processes[number].ended.instance == instance) return number;
  return WIRE_NUMBERS;
}

bool processes_stand(void) {
  uint32_t number = 2;
  while (number < used && processes[number].state == PROCESS_FREE) number++;
  return number < used;
}

bool processes_end(void) {
  bool none = true;
  for (uint32_t number = 0; number < used; number++) {
    const struct process *process = &processes[number];
    if (process->state == PROCESS_FREE || process->kept) continue;
    if (process->state == PROCESS_RUNS) sys_kill(process->pid, SIGNAL_KILL);
    none = false;
  }
  return none;
}

static bool have_notes(void) {
  if (notes) return true;
  long address = sys6(__NR_mmap, 0, (long)WIRE_NUMBERS * WIRE_MAX_NOTE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (!sys_failed(address)) notes = (uint8_t *)address;
  return notes;
}

void process_note(uint32_t number, const uint8_t *bytes, uint32_t length) {
  if (!processes[number].state || !have_notes()) return;
  memcpy(notes + (uint64_t)number * WIRE_MAX_NOTE, bytes, length);
  processes[number].note_length = length;
}

const uint8_t *process_note_at(uint32_t number) {
  return notes + (uint64_t)number * WIRE_MAX_NOTE;
}

/* ---- going on as another image ---- */

struct process_record {
  uint32_t number;
  int32_t pid;
  uint8_t state, cause, sweeping, measured, changed, stopped, changed_by, unused;
  uint32_t event;
  uint64_t started;
  struct ended ended;
};

static void save(uint32_t number) {
  const struct process *process = &processes[number];
  struct process_record record = {
      .number = number,
      .pid = process->pid,
      .state = process->state,
      .cause = process->cause,
      .sweeping = process->sweeping,
      .measured = process->measured,
      .changed = process->changed,
      .stopped = process->stopped,
      .changed_by = process->changed_by,
      .event = process->event,
      .started = process->started,
      .ended = process->ended,
  };
  state_put(STATE_PROCESS, &record, sizeof record);
  if (process->note_length) state_put(STATE_NOTE, process_note_at(number), process->note_length);
}

void processes_save(void) {
  for (uint32_t number = 0; number < used; number++)
    if (processes[number].kept) save(number);
}

static uint32_t last; /* restored */

static bool restore_note(const struct state_record *from) {
  if (from->length > WIRE_MAX_NOTE || !have_notes()) return false;
  process_note(last, from->bytes, from->length);
  return true;
}

bool process_restore(const struct state_record *from) {
  struct process_record record;
  if (from->tag == STATE_NOTE) return restore_note(from);
  state_take(from, &record, sizeof record);
  last = record.number;
  if (last >= WIRE_NUMBERS || processes[last].state != PROCESS_FREE || record.pid <= 0 ||
      record.state < PROCESS_RUNS || record.state > PROCESS_TOLD)
    return false;
  process_make(last, 0, 0);
  process_runs(last, record.pid);
  struct process *process = &processes[last];
  process->kept = true;
  process->state = record.state;
  process->cause = record.cause;
  process->sweeping = record.sweeping;
  process->measured = record.measured;
  process->changed = record.changed;
  process->stopped = record.stopped;
  process->changed_by = record.changed_by;
  process->event = record.event;
  process->started = record.started;
  process->ended = record.ended;
  return true;
}
