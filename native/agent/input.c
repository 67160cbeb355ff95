/* One read of the stream takes what is there. The body of a CALL goes straight into its thread's
 * area (from the stream itself when it is long), that of a WRITE is handed on as it comes,
 * everything else is small. */
#include "input.h"

#include "caller.h"
#include "frames.h"
#include "session.h"

#define DIRECT 16384u /* what is left of a body is read to its place from here on */

static uint8_t buffer[256u << 10];

struct inlet {
  struct source source;
  struct intake now;
  uint32_t have; /* bytes of the header, and of the head of a batch */
  uint32_t need;
  uint32_t done; /* bytes of the body */
};

static struct inlet inlets[CALLERS];

static struct inlet *from(void) {
  return &inlets[caller];
}

_Static_assert(offsetof(struct intake, head) == sizeof(struct frame), "the head follows the frame");

static void next_frame(void) {
  struct inlet *in = from();
  in->have = 0;
  in->need = sizeof(struct frame);
}

static void finish_frame(void) {
  struct inlet *in = from();
  const char *fault = frame_end(&in->now);
  next_frame();
  if (fault) session_fail(fault);
}

static void start_frame(void) {
  struct inlet *in = from();
  const char *fault = frame_begin(&in->now);
  in->done = in->need - (uint32_t)sizeof(struct frame);
  if (fault)
    session_fail(fault);
  else if (in->done == in->now.frame.length)
    finish_frame();
}

static void check_frame(void) {
  struct inlet *in = from();
  const char *fault = frame_check(&in->now.frame);
  if (fault)
    session_fail(fault);
  else
    in->need = frame_head(&in->now.frame);
}

static uint32_t take_head(const uint8_t *bytes, uint32_t length) {
  struct inlet *in = from();
  uint32_t take = length < in->need - in->have ? length : in->need - in->have;
  memcpy((uint8_t *)&in->now + in->have, bytes, take);
  in->have += take;
  if (in->have == sizeof(struct frame)) check_frame();
  if (in->have == in->need && !session_is_over()) start_frame();
  return take;
}

/* Bytes of the body that are in their place. */
static void passed(uint32_t length) {
  struct inlet *in = from();
  in->done += length;
  if (in->done == in->now.frame.length) finish_frame();
}

static uint32_t take_body(const uint8_t *bytes, uint32_t length) {
  struct inlet *in = from();
  uint32_t left = in->now.frame.length - in->done, take = length < left ? length : left;
  uint8_t *place = frame_place(&in->now, in->done);
  if (place)
    memcpy(place, bytes, take);
  else
    frame_pass(&in->now, bytes, take);
  passed(take);
  return take;
}

static void take(const uint8_t *bytes, uint32_t length) {
  struct inlet *in = from();
  while (length && !session_is_over()) {
    uint32_t taken = in->have == in->need ? take_body(bytes, length) : take_head(bytes, length);
    bytes += taken;
    length -= taken;
  }
}

static void ended(long result) {
  if (result == 0 && from()->have) session_fail("stream that ends within a frame");
  session_end();
}

/* The place of a long body that has begun, or NULL. */
static uint8_t *direct_place(void) {
  struct inlet *in = from();
  bool is_long = in->have == in->need && in->now.frame.length - in->done >= DIRECT;
  return is_long ? frame_place(&in->now, in->done) : NULL;
}

/* Of who is not in charge, no more than a frame is taken: the next may have to wait. */
static size_t most(void) {
  const struct inlet *in = from();
  if (session_state() == SESSION_ATTACHED) return sizeof buffer;
  uint32_t left = in->have < in->need ? in->need - in->have : in->now.frame.length - in->done;
  return left < sizeof buffer ? left : sizeof buffer;
}

static void read_some(void) {
  const struct inlet *in = from();
  uint8_t *direct = direct_place();
  long got = sys_read(in->source.fd, direct ? direct : buffer,
                      direct ? in->now.frame.length - in->done : most());
  if (got == -EAGAIN || got == -EINTR) return;
  if (got > 0) session_received((uint32_t)got);
  if (got <= 0)
    ended(got);
  else if (direct)
    passed((uint32_t)got);
  else
    take(buffer, (uint32_t)got);
}

static void readable(uint32_t index) {
  uint32_t before = caller;
  caller = index;
  if (!session_is_over()) read_some();
  caller = before;
}

long input_open(int fd, enum level level) {
  frames_open(read_some);
  *from() = (struct inlet){.source = {readable, caller, fd, level, 0}, .need = sizeof(struct frame)};
  return loop_watch(&from()->source, SYS_POLLIN);
}

void input_pause(void) {
  loop_unwatch(&from()->source);
}

long input_go_on(enum level level) {
  struct source *source = &from()->source;
  loop_unwatch(source);
  source->level = level;
  return loop_watch(source, SYS_POLLIN);
}

void input_close(void) {
  loop_unwatch(&from()->source);
  sys_close(from()->source.fd);
}
