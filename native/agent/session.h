/* One program: whether it is attached and may do what it asks, what it has sent, and the end. */
#ifndef BAILIWICK_SESSION_H
#define BAILIWICK_SESSION_H

#include "../common/sys.h"
#include "../common/wire.h"

enum session_state { SESSION_NEW, SESSION_REFUSED, SESSION_LOOKS, SESSION_ATTACHED };

enum session_state session_state(void);
uint64_t session_generation(void); /* 0: no program was in charge yet */
const char *session_attach(uint32_t seq, const struct attach *attach);

void session_received(uint32_t bytes); /* of the program's stream */
uint64_t session_received_in_all(void);

void session_fail(const char *what); /* FAIL, and the end */
void session_give_up(const char *why); /* the same; not waited for: the program may take nothing any more */
void session_end(void);
bool session_is_over(void);
int session_status(void); /* to exit with */

#endif
