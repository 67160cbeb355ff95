/* Bytes to the program: one buffer, in which frames are built in place.
 *
 * A turn of the loop writes once. When more than ENOUGH is pending nothing but the program is
 * waited for, so what the agent holds for a program that does not read is bounded, and frames never
 * interleave. */
#include "agent.h"

#define ENOUGH (256u << 10)
#define ROOM (2u << 20)

bool program_over;
int program_status;

static uint8_t buffer[ROOM] __attribute__((aligned(16)));
static uint32_t head, tail;
static int output_fd = -1;
static bool watching;

void output_start(int fd) {
  output_fd = fd;
}

static void set_watching(bool wanted) {
  if (watching == wanted) return;
  watching = wanted;
  if (wanted)
    watch(WATCH_OUTPUT, 0, output_fd, SYS_POLLOUT);
  else
    unwatch(output_fd);
}

/* Writes what the program's stream takes now. */
static void write_now(void) {
  while (head < tail) {
    long put = sys_write(output_fd, buffer + head, tail - head);
    if (put == -EINTR) continue;
    if (put == -EAGAIN) return;
    if (put < 0) {
      program_over = true;
      head = tail;
      break;
    }
    head += (uint32_t)put;
  }
  head = tail = 0;
}

/* Waits for the program alone, until all is written or the agent is told to end. */
static void drain(const struct sys_timespec *timeout) {
  while (head < tail && !program_over) {
    struct sys_pollfd polls[2] = {{output_fd, SYS_POLLOUT, 0}, {end_signals, SYS_POLLIN, 0}};
    struct sys_timespec copy = timeout ? *timeout : (struct sys_timespec){0, 0};
    long ready = sys_5(__NR_ppoll, polls, 2, timeout ? &copy : NULL, NULL, 8);
    if (ready == -EINTR) continue;
    if (ready <= 0 || polls[1].revents) {
      program_over = true;
      return;
    }
    write_now();
  }
}

void output_flush(void) {
  if (program_over) return;
  write_now();
  if (!program_over) set_watching(head < tail);
}

uint8_t *output_begin(uint32_t room) {
  if (program_over) head = tail = 0;
  if (tail + sizeof(struct frame) + room > ROOM) {
    memmove(buffer, buffer + head, tail - head);
    tail -= head;
    head = 0;
  }
  return buffer + tail + sizeof(struct frame);
}

void output_end(uint8_t type, uint32_t id, uint32_t seq, uint32_t length) {
  struct frame frame = {.length = length, .type = type, .id = id, .seq = seq};
  memcpy(buffer + tail, &frame, sizeof frame);
  tail += (uint32_t)sizeof frame + length;
  if (tail - head <= ENOUGH || program_over) return;
  write_now();
  if (tail - head > ENOUGH) drain(NULL);
}

bool output_idle(void) {
  return head == tail && !program_over;
}

/* A frame whose body waits in a pipe of the agent's own. Nothing is pending. What the program's stream
 * does not take now is taken out of the pipe. */
void output_pipe(uint8_t type, uint32_t id, uint32_t length, int pipe) {
  struct frame frame = {.length = length, .type = type, .id = id};
  memcpy(buffer, &frame, sizeof frame);
  head = 0;
  tail = sizeof frame;
  write_now();
  while (length && head == tail && !program_over) {
    long put = sys6(__NR_splice, pipe, 0, output_fd, 0, length, 2 /* SPLICE_F_NONBLOCK */);
    if (put == -EINTR) continue;
    if (put <= 0) break;
    length -= (uint32_t)put;
  }
  while (length) {
    long got = sys_read(pipe, buffer + tail, length);
    if (got == -EINTR) continue;
    if (got <= 0) break; /* cannot be: the agent alone uses the pipe */
    tail += (uint32_t)got;
    length -= (uint32_t)got;
  }
}

void output_frame(uint8_t type, uint32_t id, uint32_t seq, const void *body, uint32_t length) {
  memcpy(output_begin(length), body, length);
  output_end(type, id, seq, length);
}

void output_word(uint8_t type, uint32_t id, uint32_t word) {
  output_frame(type, id, 0, &word, sizeof word);
}

void program_fail(const char *what) {
  static const struct sys_timespec second = {1, 0};
  if (program_over) return;
  output_frame(FRAME_FAIL, 0, 0, what, (uint32_t)strlen(what));
  write_now();
  drain(&second);
  program_over = true;
  program_status = 1;
}
