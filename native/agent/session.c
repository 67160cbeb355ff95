#include "session.h"

#include "output.h"
#include "say.h"
#include "window.h"

static enum session_state state;
static uint64_t generation;
static uint64_t received, reported;
static uint32_t report; /* 0: not asked for */
static bool over;
static int status;

enum session_state session_state(void) {
  return state;
}

uint64_t session_generation(void) {
  return generation;
}

static int64_t attach_as(const struct attach *attach) {
  if (attach->mode == ATTACH_LOOK) return 0;
  if (attach->version != WIRE_VERSION) return -EPROTONOSUPPORT;
  return attach->generation > generation ? 0 : -ESTALE;
}

/* This agent has one program, which is there from its start: it is vacant until then. */
const char *session_attach(uint32_t seq, const struct attach *attach) {
  if (state != SESSION_NEW) return "attach that is not the first frame";
  if (attach->magic != WIRE_MAGIC) return "attach of something else";
  if (attach->mode < ATTACH_IF_VACANT || attach->mode > ATTACH_LOOK)
    return "attach of an unknown mode";
  int64_t result = attach_as(attach);
  if (result)
    state = SESSION_REFUSED;
  else
    state = attach->mode == ATTACH_LOOK ? SESSION_LOOKS : SESSION_ATTACHED;
  if (state == SESSION_ATTACHED) generation = attach->generation;
  window_set(attach->window);
  report = attach->report;
  say_result(0, seq, result);
  return NULL;
}

void session_received(uint32_t bytes) {
  received += bytes;
  if (!report || received - reported < report) return;
  reported = received;
  say(FRAME_RECEIVED, 0, 0, &received, sizeof received);
}

uint64_t session_received_in_all(void) {
  return received;
}

void session_fail(const char *what) {
  if (over) return;
  say(FRAME_FAIL, 0, 0, what, (uint32_t)strlen(what));
  status = 1;
  over = true;
}

void session_give_up(const char *why) {
  if (over) return;
  say(FRAME_FAIL, 0, 0, why, (uint32_t)strlen(why));
  output_write();
  over = true;
}

void session_end(void) {
  over = true;
}

bool session_is_over(void) {
  return over || output_broken();
}

int session_status(void) {
  return status;
}
