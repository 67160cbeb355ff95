/* Bytes from the program, cut into frames.
 *
 * One read of the stream takes what is there. The body of a WRITE is handed on as it comes, the
 * body of a CALL goes straight into its thread's area (from the stream itself when it is long),
 * everything else is small. A frame takes effect when its last byte is there; a CALL whose thread
 * ends meanwhile is skipped and answered. */
#include "agent.h"

#define DIRECT 16384u /* what is left of a body is read to its place from here on */

static uint8_t buffer[256u << 10];
static int input_fd = -1;

static struct {
  struct frame frame;
  uint32_t have; /* bytes of the header */
  uint32_t left; /* bytes of the body that are still to come */
  uint32_t slot; /* CALL: where it goes */
  uint8_t *into; /* the body's place; NULL to skip it */
  uint8_t small[FRAME_SMALL];
} now;

static long move_away(int fd) {
  long moved = sys_3(__NR_fcntl, fd, F_DUPFD_CLOEXEC, 100);
  if (moved < 0) return moved;
  long flags = sys_2(__NR_fcntl, moved, F_GETFL);
  sys_3(__NR_fcntl, moved, F_SETFL, flags | O_NONBLOCK);
  return moved;
}

long program_open(void) {
  long input = move_away(0), output = move_away(1);
  if (input < 0 || output < 0) return input < 0 ? input : output;
  int null = (int)sys_3(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 2; fd++)
    if (null < 0 || sys_3(__NR_dup3, null, fd, 0) < 0) sys_close(fd);
  if (null > 2) sys_close(null);
  input_fd = (int)input;
  now.slot = SLOT_NONE;
  output_start((int)output);
  return watch(WATCH_PROGRAM, 0, input_fd, SYS_POLLIN);
}

void program_forget_slot(uint32_t slot) {
  if (now.slot != slot) return;
  now.slot = SLOT_NONE;
  now.into = NULL;
}

static void finish_frame(void) {
  uint8_t *body = now.slot == SLOT_NONE ? now.small : now.into - now.frame.length;
  const char *fault = frame_end(&now.frame, now.slot, body);
  now.have = 0;
  now.slot = SLOT_NONE;
  if (fault) program_fail(fault);
}

static void start_frame(void) {
  now.slot = SLOT_NONE;
  now.into = now.small;
  const char *fault = frame_begin(&now.frame, &now.into, &now.slot);
  now.left = now.frame.length;
  if (fault)
    program_fail(fault);
  else if (!now.left)
    finish_frame();
}

static uint32_t take_header(const uint8_t *bytes, uint32_t length) {
  uint32_t missing = (uint32_t)sizeof now.frame - now.have;
  uint32_t take = length < missing ? length : missing;
  memcpy((uint8_t *)&now.frame + now.have, bytes, take);
  now.have += take;
  if (now.have == sizeof now.frame) start_frame();
  return take;
}

/* The last bytes of a body that came to `now.into`, or were skipped. */
static void passed(uint32_t length) {
  if (now.into) now.into += length;
  now.left -= length;
  if (!now.left) finish_frame();
}

static uint32_t take_body(const uint8_t *bytes, uint32_t length) {
  uint32_t take = length < now.left ? length : now.left;
  if (now.frame.type == FRAME_WRITE)
    stream_write(now.frame.id, bytes, take);
  else if (now.into)
    memcpy(now.into, bytes, take);
  passed(take);
  return take;
}

static void take(const uint8_t *bytes, uint32_t length) {
  while (length && !program_over) {
    bool in_body = now.have == sizeof now.frame;
    uint32_t taken = in_body ? take_body(bytes, length) : take_header(bytes, length);
    bytes += taken;
    length -= taken;
  }
}

static void ended(long result) {
  if (result == 0 && now.have) program_fail("stream that ends within a frame");
  program_over = true;
}

void program_event(void) {
  bool direct = now.have == sizeof now.frame && now.slot != SLOT_NONE && now.left >= DIRECT;
  uint8_t *into = direct ? now.into : buffer;
  long got = sys_read(input_fd, into, direct ? now.left : sizeof buffer);
  if (got == -EAGAIN || got == -EINTR) return;
  if (got <= 0)
    ended(got);
  else if (direct)
    passed((uint32_t)got);
  else
    take(buffer, (uint32_t)got);
}
