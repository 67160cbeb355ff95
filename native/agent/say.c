#include "say.h"

#include "output.h"

void say(uint8_t type, uint32_t id, uint32_t seq, const void *body, uint32_t length) {
  memcpy(output_begin(length), body, length);
  output_end(type, id, seq, length);
}

void say_result(uint32_t id, uint32_t seq, int64_t result) {
  say(FRAME_RESULT, id, seq, &result, sizeof result);
}

void say_cloned(uint32_t number, uint32_t seq, int64_t result) {
  say(FRAME_CLONED, number, seq, &result, sizeof result);
}

void say_word(uint8_t type, uint32_t id, uint32_t word) {
  say(type, id, 0, &word, sizeof word);
}

void say_not_run(uint32_t number, uint32_t seq) {
  struct reply reply = {0, REPLY_NO_THREAD};
  say(FRAME_REPLY, number, seq, &reply, sizeof reply);
}

void say_refused(uint32_t number, uint32_t seq, const char *why) {
  struct reply reply = {0, REPLY_REFUSED};
  uint32_t length = (uint32_t)strlen(why);
  uint8_t *body = output_begin((uint32_t)sizeof reply + length);
  memcpy(body, &reply, sizeof reply);
  memcpy(body + sizeof reply, why, length);
  output_end(FRAME_REPLY, number, seq, (uint32_t)sizeof reply + length);
}

_Noreturn void give_up(const char *what) {
  static const char prefix[] = "bailiwick-agent: ";
  sys_write(2, prefix, sizeof prefix - 1);
  sys_write(2, what, strlen(what));
  sys_write(2, "\n", 1);
  sys_exit(1);
}
