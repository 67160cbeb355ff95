/* Threads' numbers, and the services that they become. A number is in use from its CLONE until
 * its end was acknowledged, or until it is known that it was never made. */
#ifndef BAILIWICK_PROCESSES_H
#define BAILIWICK_PROCESSES_H

#include "../common/sys.h"
#include "../common/wire.h"

enum process_state {
  PROCESS_FREE = 0,
  PROCESS_MAKING, /* no pid yet */
  PROCESS_RUNS,
  PROCESS_ENDED, /* it was reaped; what is left of its tree is being swept */
  PROCESS_TOLD,  /* the program was told; it has to acknowledge that */
};

struct process {
  int32_t pid;
  uint16_t slot; /* SLOT_NONE: it is a service */
  uint8_t state;
  uint8_t cause;   /* enum end_cause */
  bool kept;       /* it stays when its program goes */
  bool sweeping;   /* ENDED: something of its tree may be left */
  bool measured;   /* ENDED: what its streams hold is known */
  bool news;       /* it is in the list of those of which there is something to tell */
  bool changed;    /* there is a CHANGED to be sent, */
  bool stopped;    /* which says that it stopped */
  uint8_t changed_by; /* the signal */
  uint32_t event;  /* TOLD: the number of its event */
  uint32_t next;   /* number + 1 in the same bucket */
  uint32_t note_length;
  uint64_t started;
  struct ended ended; /* its instance stands here from the start */
};

struct process *process_at(uint32_t number);
void process_make(uint32_t number, uint64_t instance, uint16_t slot);
void process_runs(uint32_t number, int32_t pid);
void process_free(uint32_t number);
uint32_t process_find(int32_t pid);           /* its number, or WIRE_NUMBERS; an ended one too */
uint32_t process_of_instance(uint64_t instance); /* as above */

bool processes_stand(void); /* there are others than the first thread */
bool processes_end(void); /* kills all that are not kept; whether there are none */

struct state_record;
void processes_save(void); /* those that are kept, with their notes */
bool process_restore(const struct state_record *record); /* the next, or the note of the last */

void process_note(uint32_t number, const uint8_t *bytes, uint32_t length);
const uint8_t *process_note_at(uint32_t number);

#endif
