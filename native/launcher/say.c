#include "say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void line(const char *format, va_list args) {
  fputs("bailiwick: ", stderr);
  vfprintf(stderr, format, args);
  fputc('\n', stderr);
}

void say(const char *format, ...) {
  va_list args;
  va_start(args, format);
  line(format, args);
  va_end(args);
}

void die(const char *format, ...) {
  va_list args;
  va_start(args, format);
  line(format, args);
  va_end(args);
  exit(EXIT_LAUNCH);
}
