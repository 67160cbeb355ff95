/* The launcher's own words: one line on standard error. */
#ifndef BAILIWICK_SAY_H
#define BAILIWICK_SAY_H

#define EXIT_LAUNCH 1

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
