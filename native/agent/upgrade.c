/* In this order: the state is written; the image is executed by a child, which reads all of it and
 * says whether it can go on from that; the image is executed. Whatever fails before that, the agent
 * goes on as it is. What the new one goes on with is restored, and not asked for again: its signal
 * mask and its limit of open files are the agent's by now, and not those of who started it. */
#include "upgrade.h"

#include "clock.h"
#include "door.h"
#include "ends.h"
#include "group.h"
#include "held.h"
#include "image.h"
#include "kept.h"
#include "processes.h"
#include "say.h"
#include "session.h"
#include "settings.h"
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
  if (state_end()) return state_open(*state);
  sys_close(*state);
  return "cannot write its state";
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

/* Why the new image cannot go on from the state, or NULL. */
static const char *rehearse(int state) {
  static char reason[REASON];
  int32_t says[2];
  if (sys_2(__NR_pipe2, says, O_CLOEXEC | O_NONBLOCK) < 0) return "cannot make a pipe";
  long pid = sys_5(__NR_clone, SIGNAL_CHLD, 0, 0, 0, 0);
  if (pid == 0) rehearse_in_child(state, says[1]);
  sys_close(says[1]);
  int status = sys_failed(pid) ? 1 : wait_for(pid);
  long length = sys_read(says[0], reason, sizeof reason - 1);
  sys_close(says[0]);
  if (sys_failed(pid)) return "cannot fork";
  if (status == 0) return NULL;
  if (status == -1) return "the image does not answer";
  reason[length > 0 ? length : 0] = 0;
  return length > 0 ? reason : "the image cannot go on from its state";
}

const char *upgrade_go(void) {
  int state;
  const char *fault = save(&state);
  if (!fault) {
    state_close_on_exec(false);
    fault = rehearse(state);
    if (!fault) {
      execute("resume", state);
      fault = "the image cannot be executed";
    }
    state_close_on_exec(true);
    state_close();
  }
  image_drop();
  return fault;
}

/* ---- the new image ---- */

_Noreturn void upgrade_check(int state) {
  const char *fault = take(state);
  if (fault) give_up(fault);
  sys_exit(0);
}

void upgrade_take(int state) {
  const char *fault = take(state);
  if (fault) give_up(fault);
  state_close_on_exec(true);
  state_close();
}
