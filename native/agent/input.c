/* One read of the stream takes what is there. The body of a CALL goes straight into its thread's
 * area (from the stream itself when it is long), that of a WRITE is handed on as it comes,
 * everything else is small. */
#include "input.h"

#include "frames.h"
#include "loop.h"
#include "session.h"

#define DIRECT 16384u /* what is left of a body is read to its place from here on */

static uint8_t buffer[256u << 10];

static struct intake now;
static uint32_t have; /* bytes of the header, and of the head of a batch */
static uint32_t need;
static uint32_t done; /* bytes of the body */

_Static_assert(offsetof(struct intake, head) == sizeof(struct frame), "the head follows the frame");

static void next_frame(void) {
  have = 0;
  need = sizeof(struct frame);
}

static void finish_frame(void) {
  const char *fault = frame_end(&now);
  next_frame();
  if (fault) session_fail(fault);
}

static void start_frame(void) {
  const char *fault = frame_begin(&now);
  done = need - (uint32_t)sizeof(struct frame);
  if (fault)
    session_fail(fault);
  else if (done == now.frame.length)
    finish_frame();
}

static void check_frame(void) {
  const char *fault = frame_check(&now.frame);
  if (fault)
    session_fail(fault);
  else
    need = frame_head(&now.frame);
}

static uint32_t take_head(const uint8_t *bytes, uint32_t length) {
  uint32_t take = length < need - have ? length : need - have;
  memcpy((uint8_t *)&now + have, bytes, take);
  have += take;
  if (have == sizeof(struct frame)) check_frame();
  if (have == need && !session_is_over()) start_frame();
  return take;
}

/* Bytes of the body that are in their place. */
static void passed(uint32_t length) {
  done += length;
  if (done == now.frame.length) finish_frame();
}

static uint32_t take_body(const uint8_t *bytes, uint32_t length) {
  uint32_t left = now.frame.length - done, take = length < left ? length : left;
  uint8_t *place = frame_place(&now, done);
  if (place)
    memcpy(place, bytes, take);
  else
    frame_pass(&now, bytes, take);
  passed(take);
  return take;
}

static void take(const uint8_t *bytes, uint32_t length) {
  while (length && !session_is_over()) {
    uint32_t taken = have == need ? take_body(bytes, length) : take_head(bytes, length);
    bytes += taken;
    length -= taken;
  }
}

static void ended(long result) {
  if (result == 0 && have) session_fail("stream that ends within a frame");
  session_end();
}

static struct source source;

/* The place of a long body that has begun, or NULL. */
static uint8_t *direct_place(void) {
  bool is_long = have == need && now.frame.length - done >= DIRECT;
  return is_long ? frame_place(&now, done) : NULL;
}

static void readable(uint32_t index) {
  (void)index;
  uint8_t *direct = direct_place();
  long got = sys_read(source.fd, direct ? direct : buffer,
                      direct ? now.frame.length - done : sizeof buffer);
  if (got == -EAGAIN || got == -EINTR) return;
  if (got > 0) session_received((uint32_t)got);
  if (got <= 0)
    ended(got);
  else if (direct)
    passed((uint32_t)got);
  else
    take(buffer, (uint32_t)got);
}

static void read_now(void) {
  readable(0);
}

long input_open(int fd) {
  next_frame();
  frames_open(read_now);
  source = (struct source){readable, 0, fd, LEVEL_INPUT, 0};
  return loop_watch(&source, SYS_POLLIN);
}
