#include "session.h"

#include "caller.h"
#include "output.h"
#include "say.h"
#include "settings.h"
#include "state.h"
#include "window.h"

struct session {
  enum session_state state;
  uint64_t received, reported;
  uint32_t seq; /* of its ATTACH */
  struct attach attach;
  bool over;
};

static struct session sessions[CALLERS];
static uint32_t in_charge = NOBODY, waits = NOBODY;
static uint64_t generation;
static uint8_t program[sizeof((struct attach *)0)->program]; /* of that generation */
static bool all_over;
static int status;

static struct session *now(void) {
  return &sessions[caller];
}

enum session_state session_state(void) {
  return now()->state;
}

uint64_t session_generation(void) {
  return generation;
}

void session_open(void) {
  *now() = (struct session){0};
}

void session_close(void) {
  if (in_charge == caller) in_charge = NOBODY;
  if (waits == caller) waits = NOBODY;
}

/* ---- who is in charge ---- */

uint32_t session_in_charge(void) {
  return in_charge;
}

uint32_t session_that_waits(void) {
  return waits;
}

static bool is_the_same(const struct attach *attach) {
  return attach->generation == generation && !memcmp(attach->program, program, sizeof program);
}

static int64_t attach_as(const struct attach *attach) {
  bool same = generation && is_the_same(attach);
  bool taken = waits != NOBODY || (in_charge != NOBODY && !sessions[in_charge].over);
  if (attach->mode == ATTACH_LOOK) return 0;
  if (attach->version != WIRE_VERSION) return -EPROTONOSUPPORT;
  if (taken && !same && attach->mode == ATTACH_IF_VACANT) return -EBUSY;
  return attach->generation > generation || same ? 0 : -ESTALE;
}

static void superseded(uint32_t who, uint64_t by) {
  char text[80] = "superseded by a program of generation ", digits[20];
  size_t at = strlen(text), count = 0;
  do digits[count++] = (char)('0' + by % 10);
  while (by /= 10);
  while (count) text[at++] = digits[--count];
  uint32_t before = caller;
  caller = who;
  session_give_up(text);
  caller = before;
}

static void cut_off(uint64_t by) {
  if (in_charge != NOBODY) superseded(in_charge, by);
  if (waits != NOBODY) superseded(waits, by);
  in_charge = waits = NOBODY;
}

static void part(uint32_t who, const char *why) {
  if (who == NOBODY) return;
  caller = who;
  session_give_up(why);
  output_finish();
}

void session_part(const char *why) {
  part(in_charge, why);
  part(waits, why);
  in_charge = waits = NOBODY;
  caller = NOBODY;
}

static void accept(const struct attach *attach) {
  if (settings.system) cut_off(attach->generation);
  generation = attach->generation;
  memcpy(program, attach->program, sizeof program);
  now()->attach = *attach;
  if (settings.system) {
    now()->state = SESSION_WAITS;
    waits = caller;
    return;
  }
  in_charge = caller;
  now()->state = SESSION_ATTACHED;
  window_set(attach->window);
  say_result(0, now()->seq, 0);
}

const char *session_attach(uint32_t seq, const struct attach *attach) {
  if (now()->state != SESSION_NEW) return "attach that is not the first frame";
  if (attach->magic != WIRE_MAGIC) return "attach of something else";
  if (attach->mode < ATTACH_IF_VACANT || attach->mode > ATTACH_LOOK)
    return "attach of an unknown mode";
  int64_t result = attach_as(attach);
  now()->seq = seq;
  now()->attach.report = attach->report;
  if (!result && attach->mode != ATTACH_LOOK) {
    accept(attach);
    return NULL;
  }
  now()->state = result ? SESSION_REFUSED : SESSION_LOOKS;
  say_result(0, seq, result);
  return NULL;
}

uint32_t session_begin(void) {
  struct session *session = &sessions[waits];
  in_charge = waits;
  waits = NOBODY;
  session->state = SESSION_ATTACHED;
  window_begin(session->attach.window);
  return session->seq;
}

/* ---- what came ---- */

void session_received(uint32_t bytes) {
  struct session *session = now();
  uint32_t report = session->attach.report;
  session->received += bytes;
  if (!report || session->received - session->reported < report) return;
  session->reported = session->received;
  say(FRAME_RECEIVED, 0, 0, &session->received, sizeof session->received);
}

uint64_t session_received_in_all(void) {
  return now()->received;
}

/* ---- the end ---- */

void session_fail(const char *what) {
  if (now()->over) return;
  say(FRAME_FAIL, 0, 0, what, (uint32_t)strlen(what));
  status = 1;
  session_end();
}

void session_give_up(const char *why) {
  if (now()->over) return;
  say(FRAME_FAIL, 0, 0, why, (uint32_t)strlen(why));
  output_write();
  session_end();
}

void session_end(void) {
  now()->over = true;
}

bool session_is_over(void) {
  return now()->over || output_broken();
}

int session_status(void) {
  return status;
}

void session_end_all(void) {
  all_over = true;
}

bool session_all_is_over(void) {
  return all_over || (!settings.system && session_is_over());
}

/* ---- going on as another image ---- */

struct session_record {
  uint64_t generation;
  uint8_t program[sizeof program];
};

void session_save(void) {
  struct session_record record = {.generation = generation};
  memcpy(record.program, program, sizeof program);
  state_put(STATE_SESSION, &record, sizeof record);
}

bool session_restore(const struct state_record *from) {
  struct session_record record;
  state_take(from, &record, sizeof record);
  generation = record.generation;
  memcpy(program, record.program, sizeof program);
  return true;
}
