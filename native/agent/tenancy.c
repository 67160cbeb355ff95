#include "tenancy.h"

#include "alive.h"
#include "caller.h"
#include "door.h"
#include "ends.h"
#include "held.h"
#include "host.h"
#include "image.h"
#include "input.h"
#include "notices.h"
#include "processes.h"
#include "session.h"
#include "settings.h"
#include "stops.h"
#include "streams.h"
#include "thread.h"
#include "threads.h"
#include "upgrade.h"
#include "window.h"

static uint32_t served = NOBODY; /* the caller in charge, as it was in the last turn */
static bool left;                /* something of the program before may be */
static bool parts;               /* all callers were told that it goes on as another image */
static bool rolls;               /* the one in charge is being told what stands */

static void let_go(void) {
  served = NOBODY;
  left = true;
  rolls = false;
  streams_detach();
  stops_forget();
  alive_within(0, NULL);
  window_begin(UINT64_MAX); /* answers that wait for it go nowhere */
}

static void make_first_thread(void) {
  slots_trim();
  const char *fault = threads_first(thread_main);
  left = fault;
  caller = session_that_waits();
  if (fault) session_fail(fault);
  caller = NOBODY;
}

static void clean(void) {
  replies_tell();
  ends_forget();
  if (!processes_end()) return;
  streams_detach(); /* what threads had opened still */
  if (image_is_offered()) door_answer(upgrade_go());
  parts = false;
  make_first_thread();
}

static void begin(void) {
  caller = session_that_waits();
  if (session_is_over()) return;
  served = caller;
  host_look(session_begin());
  rolls = true;
  if (input_go_on(LEVEL_INPUT) < 0) session_fail("cannot wait for what the program sends");
}

/* Nobody notices an image that is of no use. Thread 1 ends with all that is not kept, also when no
 * program is there. */
static void make_way(void) {
  static const char why[] = "the agent goes on as another image; connect again";
  const char *fault = upgrade_rehearse();
  if (fault) {
    door_answer(fault);
    return;
  }
  session_part(why);
  door_part(why);
  if (served == NOBODY) left = true;
  parts = true;
}

void tenancy_go_on(void) {
  if (image_is_offered() && !parts) make_way();
  if (served != NOBODY && session_in_charge() == NOBODY) let_go();
  caller = session_that_waits();
  if (caller != NOBODY) input_pause();
  caller = NOBODY;
  if (left) clean();
  if (!left && session_that_waits() != NOBODY) begin();
}

bool tenancy_is_idle(void) {
  if (left || session_in_charge() != NOBODY || session_that_waits() != NOBODY) return false;
  return !processes_stand() && !held_stand();
}

bool tenancy_has_begun(void) {
  if (!settings.system) return true;
  if (session_in_charge() == NOBODY) return false;
  if (rolls) host_tell();
  if (rolls && !host_is_looking()) {
    rolls = false;
    ends_tell_again();
  }
  return !rolls;
}
