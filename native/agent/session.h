/* What a caller may do: whether its program is attached, what it has sent, and the end. One at a time
 * is in charge; on an agent that stands it may be followed by another. */
#ifndef BAILIWICK_SESSION_H
#define BAILIWICK_SESSION_H

#include "../common/sys.h"
#include "../common/wire.h"

enum session_state {
  SESSION_NEW,
  SESSION_REFUSED,
  SESSION_LOOKS,
  SESSION_WAITS, /* it will be in charge, when nothing is left of who was */
  SESSION_ATTACHED,
};

enum session_state session_state(void);
uint64_t session_generation(void); /* the highest; 0: no program was in charge yet */

void session_open(void); /* for a new caller */
void session_close(void); /* the caller is gone */
const char *session_attach(uint32_t seq, const struct attach *attach);
uint32_t session_in_charge(void); /* a caller, or NOBODY */
uint32_t session_that_waits(void);
uint32_t session_begin(void); /* the one that waits is in charge: the seq of its ATTACH */

void session_received(uint32_t bytes); /* of the caller's stream */
uint64_t session_received_in_all(void);

void session_fail(const char *what); /* FAIL, and the end */
void session_give_up(const char *why); /* the same; not waited for: the program may take nothing any more */
void session_end(void);
bool session_is_over(void);
int session_status(void); /* to exit with */

/* Whoever is or would be in charge is told why it is not any more, and gets all that waits for it. */
void session_part(const char *why);

struct state_record;
void session_save(void);
bool session_restore(const struct state_record *record);

void session_end_all(void); /* the end of the agent, whoever calls */
bool session_all_is_over(void);

#endif
