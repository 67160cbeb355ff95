#include "host.h"

#include "caller.h"
#include "held.h"
#include "keep.h"
#include "output.h"
#include "processes.h"
#include "say.h"
#include "threads.h"

struct look {
  bool goes_on;
  uint32_t seq, next_number, next_held;
};

static struct look looks[CALLERS];

int64_t host_signal(uint32_t number, const struct signal_request *request) {
  struct process *process = process_at(number);
  if (request->group > 1) return -EINVAL;
  if (process->state == PROCESS_MAKING && !thread_settle(process->slot)) return -EAGAIN;
  if (process->state != PROCESS_RUNS) return -ESRCH;
  if (!request->group) return sys_kill(process->pid, (int)request->number);
  if (sys_1(__NR_getpgid, process->pid) != process->pid) return -ESRCH;
  return sys_kill(-process->pid, (int)request->number);
}

int64_t host_keep(uint32_t number, const uint8_t *body, uint32_t length) {
  struct keep keep;
  struct kept_output outputs[WIRE_MAX_OUTPUTS];
  struct process *process = process_at(number);
  memcpy(&keep, body, sizeof keep);
  memcpy(outputs, body + sizeof keep, length - sizeof keep);
  if (keep.zero || keep.outputs != (length - sizeof keep) / sizeof *outputs) return -EINVAL;
  if (process->state != PROCESS_RUNS || process->slot != SLOT_NONE ||
      process->ended.instance != keep.instance)
    return -ESRCH;
  if (process->kept) return -EALREADY;
  if (number == 1) return -EINVAL; /* it is made anew for the next program */
  int64_t result = keep_outputs(number, outputs, keep.outputs);
  process->kept = result == 0;
  return result;
}

void host_look(uint32_t seq) {
  looks[caller] = (struct look){.goes_on = true, .seq = seq};
}

void host_look_no_more(void) {
  looks[caller].goes_on = false;
}

bool host_is_looking(void) {
  return looks[caller].goes_on;
}

static uint32_t state_of(const struct process *process) {
  if (process->state != PROCESS_RUNS) return STANDS_ENDED;
  if (process->kept) return STANDS_KEPT;
  return process->slot == SLOT_NONE ? STANDS_SERVICE : STANDS_THREAD;
}

static void say_stands(uint32_t number, uint32_t seq) {
  const struct process *process = process_at(number);
  if (process->state == PROCESS_FREE || process->state == PROCESS_MAKING) return;
  struct stands stands = {.instance = process->ended.instance,
                          .started = process->started,
                          .pid = (uint32_t)process->pid,
                          .state = state_of(process)};
  uint32_t length = (uint32_t)sizeof stands + process->note_length;
  uint8_t *body = output_begin(length);
  memcpy(body, &stands, sizeof stands);
  if (process->note_length)
    memcpy(body + sizeof stands, process_note_at(number), process->note_length);
  output_end(FRAME_STANDS, number, seq, length);
}

void host_tell(void) {
  struct look *look = &looks[caller];
  while (look->goes_on && !output_full()) {
    if (look->next_number < WIRE_NUMBERS) {
      say_stands(look->next_number++, look->seq);
    } else if (!held_stands(&look->next_held, look->seq)) {
      look->goes_on = false;
      say_result(0, look->seq, 0);
    }
  }
}
