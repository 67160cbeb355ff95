/* Streams of bytes between the program and descriptors that threads gave to the agent.
 *
 * From a descriptor, it is watched only while there is credit: a hung-up descriptor without credit
 * would keep the loop awake. To a descriptor, bytes are written as they arrive; what it does not
 * take is kept, and more is granted as it goes. What is kept never exceeds what was granted.
 */
#include "agent.h"

#define GRANTED (1u << 20)
#define GRANT_STEP (64u << 10) /* owed credit is sent from here on */
#define READ_MOST (256u << 10)
#define PIPE_DEFAULT 65536
#define PIPE_LARGE (1 << 20)

struct stream {
  int fd;
  uint32_t credit;
  uint32_t owed; /* credit that is not sent yet */
  uint32_t head, tail;
  uint8_t *pending; /* GRANTED bytes, or NULL */
  bool open, to_fd, watched, closing, large;
};

static struct stream streams[WIRE_NUMBERS];

static void set_watched(uint32_t number, bool watched) {
  struct stream *stream = &streams[number];
  if (stream->watched == watched) return;
  stream->watched = watched;
  if (watched)
    watch(WATCH_STREAM, number, stream->fd, stream->to_fd ? SYS_POLLOUT : SYS_POLLIN);
  else
    unwatch(stream->fd);
}

static void forget_pending(struct stream *stream) {
  if (stream->pending) sys_2(__NR_munmap, stream->pending, GRANTED);
  stream->pending = NULL;
  stream->head = stream->tail = 0;
}

/* A socket's other direction may be a stream of its own, on another copy of the descriptor: the far
 * side learns of the end by the shutdown. It does nothing to what is no socket. */
static void end(uint32_t number, long error) {
  struct stream *stream = &streams[number];
  set_watched(number, false);
  forget_pending(stream);
  if (stream->to_fd) sys_2(__NR_shutdown, stream->fd, 1 /* SHUT_WR */);
  sys_close(stream->fd);
  *stream = (struct stream){0};
  output_word(FRAME_END, number, (uint32_t)-error);
}

const char *stream_open(uint32_t number, int fd, uint32_t direction, uint32_t credit) {
  if (number >= WIRE_NUMBERS || direction > STREAM_TO_FD || streams[number].open) {
    if (fd >= 0) sys_close(fd);
    if (number >= WIRE_NUMBERS) return "stream number out of range";
    return direction > STREAM_TO_FD ? "stream of unknown direction" : "stream number in use";
  }
  if (fd < 0) {
    output_word(FRAME_END, number, EMFILE);
    return NULL;
  }
  struct stream *stream = &streams[number];
  *stream = (struct stream){.fd = fd, .open = true, .to_fd = direction == STREAM_TO_FD};
  long flags = sys_2(__NR_fcntl, fd, F_GETFL);
  sys_3(__NR_fcntl, fd, F_SETFL, flags | O_NONBLOCK);
  if (watch(WATCH_STREAM, number, fd, 0) < 0) {
    end(number, -EINVAL);
    return NULL;
  }
  unwatch(fd);
  stream->credit = stream->to_fd ? GRANTED : credit;
  if (stream->to_fd) output_word(FRAME_CREDIT, number, GRANTED);
  set_watched(number, !stream->to_fd && credit);
  return NULL;
}

static int between[2] = {-1, -1};

static bool have_between(void) {
  if (between[0] >= 0) return true;
  if (sys_2(__NR_pipe2, between, O_CLOEXEC | O_NONBLOCK) < 0) return false;
  sys_3(__NR_fcntl, between[1], F_SETPIPE_SZ, PIPE_LARGE);
  return true;
}

/* Bulk data goes through a pipe of the agent's own, so that it is moved and not copied, and how much
 * there is is known before the frame begins. False where that cannot be, and at the end of file. */
static bool move_some(uint32_t number) {
  struct stream *stream = &streams[number];
  if (!stream->large || !output_idle() || !have_between()) return false;
  uint32_t want = stream->credit < READ_MOST ? stream->credit : READ_MOST;
  long got = sys6(__NR_splice, stream->fd, 0, between[1], 0, want, 2);
  if (got <= 0) return false;
  stream->credit -= (uint32_t)got;
  set_watched(number, stream->credit > 0);
  output_pipe(FRAME_DATA, number, (uint32_t)got, between[0]);
  return true;
}

static void read_some(uint32_t number) {
  struct stream *stream = &streams[number];
  if (move_some(number)) return;
  uint32_t want = stream->credit < READ_MOST ? stream->credit : READ_MOST;
  long got = sys_read(stream->fd, output_begin(want), want);
  if (got == -EAGAIN || got == -EINTR) return;
  if (got <= 0) {
    end(number, got == -EIO ? 0 : got);
    return;
  }
  stream->credit -= (uint32_t)got;
  set_watched(number, stream->credit > 0);
  if (got == PIPE_DEFAULT && !stream->large) {
    sys_3(__NR_fcntl, stream->fd, F_SETPIPE_SZ, PIPE_LARGE);
    stream->large = true;
  }
  output_end(FRAME_DATA, number, 0, (uint32_t)got);
}

static void give_credit(uint32_t number, uint32_t written) {
  struct stream *stream = &streams[number];
  stream->owed += written;
  if (stream->owed < GRANT_STEP || stream->closing) return;
  output_word(FRAME_CREDIT, number, stream->owed);
  stream->credit += stream->owed;
  stream->owed = 0;
}

/* Writes what the descriptor takes; returns how much, or -1 when the stream ended. */
static long write_some(uint32_t number, const uint8_t *bytes, uint32_t length) {
  uint32_t done = 0;
  while (done < length) {
    long put = sys_write(streams[number].fd, bytes + done, length - done);
    if (put == -EINTR) continue;
    if (put == -EAGAIN) break;
    if (put < 0) {
      end(number, put);
      return -1;
    }
    done += (uint32_t)put;
  }
  give_credit(number, done);
  return done;
}

static void write_pending(uint32_t number) {
  struct stream *stream = &streams[number];
  long put = write_some(number, stream->pending + stream->head, stream->tail - stream->head);
  if (put < 0) return;
  stream->head += (uint32_t)put;
  if (stream->head < stream->tail) return;
  forget_pending(stream);
  set_watched(number, false);
  if (stream->closing) end(number, 0);
}

static void keep(uint32_t number, const uint8_t *bytes, uint32_t length) {
  struct stream *stream = &streams[number];
  if (!stream->pending) {
    long address =
        sys6(__NR_mmap, 0, GRANTED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (sys_failed(address)) {
      end(number, address);
      return;
    }
    stream->pending = (uint8_t *)address;
  }
  if (stream->tail + length > GRANTED) {
    memmove(stream->pending, stream->pending + stream->head, stream->tail - stream->head);
    stream->tail -= stream->head;
    stream->head = 0;
  }
  memcpy(stream->pending + stream->tail, bytes, length);
  stream->tail += length;
  set_watched(number, true);
}

const char *stream_write_begin(uint32_t number, uint32_t length) {
  struct stream *stream = &streams[number];
  if (!stream->open) return NULL;
  if (!stream->to_fd) return "bytes for a stream that the program reads";
  if (stream->closing) return "bytes for a stream that the program closed";
  if (length > stream->credit) return "more bytes than a stream was granted";
  stream->credit -= length;
  return NULL;
}

void stream_write(uint32_t number, const uint8_t *bytes, uint32_t length) {
  struct stream *stream = &streams[number];
  if (!stream->open || !stream->to_fd) return;
  long put = stream->pending ? 0 : write_some(number, bytes, length);
  if (put >= 0 && (uint32_t)put < length) keep(number, bytes + put, length - (uint32_t)put);
}

const char *stream_grant(uint32_t number, uint32_t credit) {
  struct stream *stream = &streams[number];
  if (!stream->open) return NULL;
  if (stream->to_fd) return "credit for a stream that the program writes";
  if (credit > UINT32_MAX - stream->credit) return "more credit than a stream can have";
  stream->credit += credit;
  set_watched(number, stream->credit > 0);
  return NULL;
}

void stream_close(uint32_t number) {
  struct stream *stream = &streams[number];
  if (!stream->open) return;
  if (stream->to_fd && stream->pending && !stream->closing)
    stream->closing = true;
  else
    end(number, 0);
}

void stream_event(uint32_t number) {
  struct stream *stream = &streams[number];
  if (!stream->open || !stream->watched) return;
  if (stream->to_fd)
    write_pending(number);
  else
    read_some(number);
}
