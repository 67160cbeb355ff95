#include "settings.h"

#include "state.h"

struct settings settings;

const char *settings_variable(const char *name) {
  size_t length = strlen(name);
  for (char **at = settings.environment; *at; at++)
    if (!memcmp(*at, name, length) && (*at)[length] == '=') return *at + length + 1;
  return NULL;
}

/* ---- going on as another image ---- */

struct settings_record {
  uint64_t signal_mask, file_limit[2];
  int32_t keeper_pid, directory;
};

void settings_save(void) {
  struct settings_record record = {settings.signal_mask,
                                   {settings.file_limit[0], settings.file_limit[1]},
                                   settings.keeper_pid,
                                   settings.directory};
  state_put_fd(settings.directory);
  state_put(STATE_SETTINGS, &record, sizeof record);
  state_put(STATE_TEMPORARY, settings.temporary, (uint32_t)strlen(settings.temporary));
}

bool settings_restore(const struct state_record *from) {
  if (from->tag == STATE_TEMPORARY) {
    if (from->length >= sizeof settings.temporary) return false;
    state_take(from, settings.temporary, sizeof settings.temporary);
    return true;
  }
  struct settings_record record;
  state_take(from, &record, sizeof record);
  settings.signal_mask = record.signal_mask;
  memcpy(settings.file_limit, record.file_limit, sizeof record.file_limit);
  settings.keeper_pid = record.keeper_pid;
  settings.directory = record.directory;
  return record.directory > 2 && record.keeper_pid >= 0;
}
