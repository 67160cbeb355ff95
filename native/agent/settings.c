#include "settings.h"

struct settings settings;

const char *settings_variable(const char *name) {
  size_t length = strlen(name);
  for (char **at = settings.environment; *at; at++)
    if (!memcmp(*at, name, length) && (*at)[length] == '=') return *at + length + 1;
  return NULL;
}
