/* What an agent that stands is when it goes on as another image, in a file of memory: a head, then
 * records. A record has a tag, a length and its bytes, padded to 8. A reader passes over tags that
 * it does not know; of one that is longer than it knows it takes the beginning, of a shorter one
 * the rest is 0. So an agent can be followed by a newer one, and by an older one.
 *
 * Descriptors stay open at their numbers. Each has a record of the file that it is, before any
 * other record that names it.
 */
#ifndef BAILIWICK_STATE_H
#define BAILIWICK_STATE_H

#include "../common/sys.h"

enum state_tag { /* never given another meaning */
  STATE_FD = 1,
  STATE_SETTINGS,
  STATE_TEMPORARY,
  STATE_GROUP,
  STATE_SESSION,
  STATE_DOOR,
  STATE_ASKER,
  STATE_ENDS,
  STATE_PROCESS,
  STATE_NOTE, /* of the process, or what is held, before it */
  STATE_NEWS, /* the numbers of processes, in their order */
  STATE_TOLD,
  STATE_KEPT,
  STATE_HELD,
  STATE_NAME,
};

struct state_record {
  uint32_t tag;
  uint32_t length;
  const uint8_t *bytes;
};

/* ---- writing: what fails is told at the end ---- */

int state_begin(void); /* its descriptor, or -errno */
void state_put(uint32_t tag, const void *bytes, uint32_t length);
void state_put_fd(int fd); /* that another record names; -1 is none */
bool state_end(void);

/* ---- reading ---- */

/* Why it cannot be read, or NULL. All records that there are have been counted then. */
const char *state_open(int fd);
bool state_next(struct state_record *record);
void state_take(const struct state_record *record, void *at, uint32_t length);

uint64_t state_sum(void); /* of the one that is open */

/* Whether each descriptor is the file that it was. */
const char *state_check_fds(void);
/* Of its own and of all descriptors in it: whether they are closed when an image is executed. */
void state_close_on_exec(bool closed);
void state_close(void);

#endif
