#include "output.h"

#include "caller.h"
#include "loop.h"

#define FULL (256u << 10)
#define OVERFULL (2u << 20)
#define ROOM (4u << 20)

/* Beyond OVERFULL come the answers to one more read of the program's stream (frames.c: no frame
 * has an answer of more than four times its length) and the last words of 64 streams. */
_Static_assert(OVERFULL + WIRE_MAX_BODY < ROOM, "room for what comes when it is overfull");

struct outlet {
  struct source source;
  uint8_t *buffer; /* ROOM bytes, of which only what is written takes memory */
  uint32_t head, tail;
  uint64_t written;
  bool broken;
};

static struct outlet outlets[CALLERS];

static struct outlet *to(void) {
  return &outlets[caller];
}

static void writable(uint32_t index) {
  (void)index; /* every turn writes */
}

long output_open(int fd) {
  long address = sys6(__NR_mmap, 0, ROOM, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (sys_failed(address)) return address;
  *to() = (struct outlet){.source = {writable, caller, fd, LEVEL_CORE, 0},
                          .buffer = (uint8_t *)address,
                          .broken = fd < 0};
  return 0;
}

void output_close(void) {
  struct outlet *out = to();
  if (!out->buffer) return;
  loop_unwatch(&out->source);
  sys_close(out->source.fd);
  sys_2(__NR_munmap, out->buffer, ROOM);
  *out = (struct outlet){.broken = true};
}

static void write_now(void) {
  struct outlet *out = to();
  while (out->head < out->tail && !out->broken) {
    long put = sys_write(out->source.fd, out->buffer + out->head, out->tail - out->head);
    if (put == -EINTR) continue;
    if (put == -EAGAIN) return;
    out->broken = put < 0;
    if (out->broken) break;
    out->head += (uint32_t)put;
    out->written += (uint32_t)put;
  }
  out->head = out->tail = 0;
}

void output_write(void) {
  struct outlet *out = to();
  write_now();
  if (out->head == out->tail)
    loop_unwatch(&out->source);
  else if (loop_watch(&out->source, SYS_POLLOUT) < 0)
    out->broken = true;
}

void output_finish(void) {
  static const struct sys_timespec second = {1, 0};
  struct outlet *out = to();
  write_now();
  while (out->head < out->tail && !out->broken) {
    if (sys_poll_one(out->source.fd, SYS_POLLOUT, &second) == 0) return;
    write_now();
  }
}

uint8_t *output_begin(uint32_t room) {
  struct outlet *out = to();
  if (out->broken) out->head = out->tail = 0;
  if (out->tail + sizeof(struct frame) + room > ROOM) {
    memmove(out->buffer, out->buffer + out->head, out->tail - out->head);
    out->tail -= out->head;
    out->head = 0;
  }
  return out->buffer + out->tail + sizeof(struct frame);
}

static void add_header(uint8_t type, uint32_t id, uint32_t seq, uint32_t length) {
  struct outlet *out = to();
  struct frame frame = {.length = length, .type = type, .id = id, .seq = seq};
  memcpy(out->buffer + out->tail, &frame, sizeof frame);
  out->tail += (uint32_t)sizeof frame;
}

void output_end(uint8_t type, uint32_t id, uint32_t seq, uint32_t length) {
  struct outlet *out = to();
  add_header(type, id, seq, length);
  out->tail += length;
  if (out->broken) out->head = out->tail = 0;
}

/* What the program's stream does not take now is taken out of the pipe. */
void output_pipe(uint32_t stream, uint32_t length, int pipe) {
  struct outlet *out = to();
  out->head = out->tail = 0;
  add_header(FRAME_DATA, stream, 0, length);
  write_now();
  while (length && out->head == out->tail && !out->broken) {
    long put = sys6(__NR_splice, pipe, 0, out->source.fd, 0, length, 2 /* SPLICE_F_NONBLOCK */);
    if (put == -EINTR) continue;
    if (put <= 0) break;
    length -= (uint32_t)put;
    out->written += (uint32_t)put;
  }
  while (length) {
    long got = sys_read(pipe, out->buffer + out->tail, length);
    if (got == -EINTR) continue;
    if (got <= 0) break; /* cannot be: the agent alone uses the pipe */
    out->tail += (uint32_t)got;
    length -= (uint32_t)got;
  }
}

bool output_idle(void) {
  const struct outlet *out = to();
  return out->head == out->tail && !out->broken;
}

bool output_full(void) {
  const struct outlet *out = to();
  return out->tail - out->head > FULL;
}

bool output_overfull(void) {
  const struct outlet *out = to();
  return out->tail - out->head > OVERFULL;
}

bool output_broken(void) {
  return to()->broken;
}

uint64_t output_written(void) {
  return to()->written;
}
