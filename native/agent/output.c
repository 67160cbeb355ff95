#include "output.h"

#include "loop.h"

#define FULL (256u << 10)
#define OVERFULL (2u << 20)
#define ROOM (4u << 20)

/* Beyond OVERFULL come the answers to one more read of the program's stream (frames.c: no frame
 * has an answer of more than four times its length) and the last words of 64 streams. */
_Static_assert(OVERFULL + WIRE_MAX_BODY < ROOM, "room for what comes when it is overfull");

static uint8_t buffer[ROOM] __attribute__((aligned(16)));
static uint32_t head, tail;
static uint64_t written;
static bool broken;

static void writable(uint32_t index) {
  (void)index; /* every turn writes */
}

static struct source source = {.ready = writable, .fd = -1, .level = LEVEL_CORE};

long output_open(int fd) {
  source.fd = fd;
  return 0;
}

static void write_now(void) {
  while (head < tail && !broken) {
    long put = sys_write(source.fd, buffer + head, tail - head);
    if (put == -EINTR) continue;
    if (put == -EAGAIN) return;
    broken = put < 0;
    if (broken) break;
    head += (uint32_t)put;
    written += (uint32_t)put;
  }
  head = tail = 0;
}

void output_write(void) {
  write_now();
  if (head == tail)
    loop_unwatch(&source);
  else if (loop_watch(&source, SYS_POLLOUT) < 0)
    broken = true;
}

void output_finish(void) {
  static const struct sys_timespec second = {1, 0};
  write_now();
  while (head < tail && !broken) {
    if (sys_poll_one(source.fd, SYS_POLLOUT, &second) == 0) return;
    write_now();
  }
}

uint8_t *output_begin(uint32_t room) {
  if (broken) head = tail = 0;
  if (tail + sizeof(struct frame) + room > ROOM) {
    memmove(buffer, buffer + head, tail - head);
    tail -= head;
    head = 0;
  }
  return buffer + tail + sizeof(struct frame);
}

static void add_header(uint8_t type, uint32_t id, uint32_t seq, uint32_t length) {
  struct frame frame = {.length = length, .type = type, .id = id, .seq = seq};
  memcpy(buffer + tail, &frame, sizeof frame);
  tail += (uint32_t)sizeof frame;
}

void output_end(uint8_t type, uint32_t id, uint32_t seq, uint32_t length) {
  add_header(type, id, seq, length);
  tail += length;
}

/* What the program's stream does not take now is taken out of the pipe. */
void output_pipe(uint32_t stream, uint32_t length, int pipe) {
  head = tail = 0;
  add_header(FRAME_DATA, stream, 0, length);
  write_now();
  while (length && head == tail && !broken) {
    long put = sys6(__NR_splice, pipe, 0, source.fd, 0, length, 2 /* SPLICE_F_NONBLOCK */);
    if (put == -EINTR) continue;
    if (put <= 0) break;
    length -= (uint32_t)put;
    written += (uint32_t)put;
  }
  while (length) {
    long got = sys_read(pipe, buffer + tail, length);
    if (got == -EINTR) continue;
    if (got <= 0) break; /* cannot be: the agent alone uses the pipe */
    tail += (uint32_t)got;
    length -= (uint32_t)got;
  }
}

bool output_idle(void) {
  return head == tail && !broken;
}

bool output_full(void) {
  return tail - head > FULL;
}

bool output_overfull(void) {
  return tail - head > OVERFULL;
}

bool output_broken(void) {
  return broken;
}

uint64_t output_written(void) {
  return written;
}
