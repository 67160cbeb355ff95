/* In this order, once while a program may still be in charge, and once when it has parted: the state
 * is written; the image is executed by a child, which reads all of it, and says so by its sum, or why
 * it cannot go on from that. Then the image is executed. Whatever fails before, the agent goes on as
 * it is. What the new one goes on with is restored, and not asked for again: its signal
 * mask and its limit of open files are the agent's by now, and not those of who started it. */
#include "upgrade.h"

#include "claims.h"
#include "clock.h"
#include "door.h"
#include "ends.h"
#include "group.h"
#include "held.h"
#include "image.h"
#include "kept.h"
#include "loop.h"
#include "processes.h"
#include "say.h"
#include "session.h"
#include "settings.h"
#include "slots.h"
#include "state.h"

#define REHEARSAL_MS 2000
#define REASON 160

/* ---- the state ---- */

/* Written, and opened to be read. */
static const char *save(int *state) {
  *state = state_begin();
  if (*state < 0) return "cannot make a file for its state";
  settings_save();
  group_save();
  session_save();
  door_save();
  processes_save();
  ends_save();
  kept_save();
  held_save();
  bool whole = state_end();
  const char *fault = whole ? state_open(*state) : "cannot write its state";
  if (!fault) return NULL;
  sys_close(*state);
  *state = -1;
  return fault;
}

static bool is_of(const struct state_record *record, uint32_t first, uint32_t last) {
  return record->tag >= first && record->tag <= last;
}

static bool restore_note(const struct state_record *record, uint32_t of) {
  return of == STATE_HELD ? held_restore(record) : process_restore(record);
}

/* @param before The tag of what a note is of. */
static bool restore(const struct state_record *record, uint32_t before) {
  if (record->tag == STATE_NOTE) return restore_note(record, before);
  if (record->tag == STATE_PROCESS) return process_restore(record);
  if (is_of(record, STATE_SETTINGS, STATE_TEMPORARY)) return settings_restore(record);
  if (is_of(record, STATE_DOOR, STATE_ASKER)) return door_restore(record);
  if (is_of(record, STATE_ENDS, STATE_TOLD)) return ends_restore(record);
  if (is_of(record, STATE_HELD, STATE_NAME)) return held_restore(record);
  if (record->tag == STATE_GROUP) return group_restore(record);
  if (record->tag == STATE_SESSION) return session_restore(record);
  return record->tag != STATE_KEPT || kept_restore(record);
}

static const char *restore_all(void) {
  struct state_record record;
  for (uint32_t before = 0; state_next(&record);) {
    if (!restore(&record, before)) return "its state has what this agent cannot go on from";
    if (record.tag == STATE_PROCESS || record.tag == STATE_HELD) before = record.tag;
  }
  return settings.directory && door_is_restored() ? NULL : "its state is not whole";
}

static const char *take(int state) {
  const char *fault = state_open(state);
  if (!fault) fault = state_check_fds();
  return fault ? fault : restore_all();
}

/* ---- executing ---- */

static char *number_text(int number, char *end) {
  *--end = 0;
  do *--end = (char)('0' + number % 10);
  while (number /= 10);
  return end;
}

static long execute(const char *as, int state) {
  char digits[12];
  const char *arguments[] = {"bailiwick-agent", as, number_text(state, digits + sizeof digits),
                             settings.system, NULL};
  return sys_5(__NR_execveat, image_fd(), "", arguments, settings.environment, AT_EMPTY_PATH);
}

_Noreturn static void rehearse_in_child(int state, int says) {
  sys_3(__NR_dup3, says, 2, 0);
  execute("check", state);
  static const char text[] = "the image cannot be executed here";
  sys_write(2, text, sizeof text - 1);
  sys_exit(127);
}

/* Its exit status, or -1 when it was too late and killed. */
static int wait_for(long pid) {
  static const struct sys_timespec step = {0, 1000000};
  uint64_t late = clock_steady() + REHEARSAL_MS * MILLISECOND;
  int32_t status = -1;
  while (sys_4(__NR_wait4, pid, &status, WNOHANG | __WALL, NULL) == 0) {
    if (clock_steady() < late) {
      sys_2(__NR_nanosleep, &step, NULL);
      continue;
    }
    sys_kill((int)pid, SIGNAL_KILL);
    sys_4(__NR_wait4, pid, &status, __WALL, NULL);
    return -1;
  }
  return status;
}

/* What a child said that executed the image: its length, and how it ended. */
static long ask(int state, char *said, size_t room, int *status) {
  int32_t says[2];
  long length = sys_2(__NR_pipe2, says, O_CLOEXEC | O_NONBLOCK);
  if (length < 0) return length;
  long pid = sys_5(__NR_clone, SIGNAL_CHLD, 0, 0, 0, 0);
  if (pid == 0) rehearse_in_child(state, says[1]);
  sys_close(says[1]);
  *status = sys_failed(pid) ? 1 : wait_for(pid);
  length = sys_failed(pid) ? pid : sys_read(says[0], said, room);
  sys_close(says[0]);
  return length;
}

/* Why the new image cannot go on from the state, or NULL. */
static const char *rehearse(int state) {
  static char said[REASON];
  uint64_t sum = state_sum();
  int status = 1;
  long length = ask(state, said, sizeof said - 1, &status);
  if (length < 0) return "cannot rehearse";
  if (status == -1) return "the image does not answer";
  if (status == 0 && length == sizeof sum && !memcmp(said, &sum, sizeof sum)) return NULL;
  said[length] = 0;
  return status && length ? said : "the image cannot go on from its state";
}

/* With the state open, of which descriptors stay open in the image; or why that cannot be. */
static const char *prepare(int *state) {
  if (!image_is_whole()) return "the image is not whole, or of another machine";
  const char *fault = save(state);
  if (fault) return fault;
  state_close_on_exec(false);
  return rehearse(*state);
}

static void forget(int state) {
  if (state < 0) return;
  state_close_on_exec(true);
  state_close();
}

const char *upgrade_rehearse(void) {
  int state = -1;
  const char *fault = prepare(&state);
  forget(state);
  if (fault) image_drop();
  return fault;
}

const char *upgrade_go(void) {
  int state = -1;
  const char *fault = prepare(&state);
  if (!fault) {
    execute("resume", state);
    fault = "the image cannot be executed";
  }
  forget(state);
  image_drop();
  return fault;
}

/* ---- the new image ---- */

_Noreturn void upgrade_check(int state) {
  const char *fault = take(state);
  if (!fault && (loop_open() < 0 || !claims_map() || !slots_map())) fault = "cannot map its memory";
  if (fault) give_up(fault);
  uint64_t sum = state_sum();
  sys_exit(sys_write(2, &sum, sizeof sum) != sizeof sum);
}

void upgrade_take(int state) {
  const char *fault = take(state);
  if (fault) give_up(fault);
  state_close_on_exec(true);
  state_close();
}
