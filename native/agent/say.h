/* What the agent says: one function for each kind of frame that has a body of its own, and what
 * those say who cannot start. */
#ifndef BAILIWICK_SAY_H
#define BAILIWICK_SAY_H

#include "../common/sys.h"
#include "../common/wire.h"

void say(uint8_t type, uint32_t id, uint32_t seq, const void *body, uint32_t length);
void say_result(uint32_t id, uint32_t seq, int64_t result);
void say_cloned(uint32_t number, uint32_t seq, int64_t result);
void say_word(uint8_t type, uint32_t id, uint32_t word);
void say_not_run(uint32_t number, uint32_t seq); /* REPLY_NO_THREAD */
void say_refused(uint32_t number, uint32_t seq, const char *why);

_Noreturn void give_up(const char *what); /* says so on standard error */

#endif
