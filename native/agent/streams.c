/* From a descriptor, it is watched only while there is credit: a hung-up descriptor without credit
 * would keep the loop awake. To a descriptor, bytes are written as they arrive; what it does not
 * take is kept, and more is granted as it goes. What is kept never exceeds what was granted.
 *
 * A number was claimed (claims.h) by the thread that opened the stream, and is given back with END.
 */
#include "streams.h"

#include "../common/wire.h"
#include "bulk.h"
#include "claims.h"
#include "kept.h"
#include "loop.h"
#include "output.h"
#include "say.h"
#include "window.h"

#define GRANTED (1u << 20)
#define GRANT_STEP (64u << 10) /* owed credit is sent from here on */
#define READ_MOST (256u << 10)
#define FIONREAD 0x541b

struct stream {
  struct source source;
  uint32_t owner;
  uint32_t next, previous; /* 1 and the number of another stream of the same owner */
  uint32_t credit;
  uint32_t owed; /* credit that is not sent yet */
  uint32_t due;  /* bytes that its owner wrote, and that go before the news of its end */
  uint32_t head, tail;
  uint8_t *pending; /* GRANTED bytes, or NULL */
  bool open, to_fd, closing;
  uint32_t kept; /* 1 and the kept output that it is of: `source` is then always ready */
  uint64_t passed; /* bytes that went to the program */
  struct bulk bulk;
};

static struct stream streams[WIRE_NUMBERS];
static uint32_t first_of[WIRE_NUMBERS]; /* by owner: 1 and the number of a stream */

/* ---- which streams a process has opened ---- */

static void link_owner(uint32_t number, uint32_t owner) {
  struct stream *stream = &streams[number];
  stream->owner = owner;
  stream->next = first_of[owner];
  if (stream->next) streams[stream->next - 1].previous = number + 1;
  first_of[owner] = number + 1;
}

static void unlink_owner(uint32_t number) {
  struct stream *stream = &streams[number];
  if (stream->owner == WIRE_NUMBERS) return;
  if (stream->next) streams[stream->next - 1].previous = stream->previous;
  if (stream->previous)
    streams[stream->previous - 1].next = stream->next;
  else
    first_of[stream->owner] = stream->next;
  stream->next = stream->previous = 0;
  stream->owner = WIRE_NUMBERS;
}

/* ---- open and end ---- */

static void forget_pending(struct stream *stream) {
  if (stream->pending) sys_2(__NR_munmap, stream->pending, GRANTED);
  stream->pending = NULL;
  stream->head = stream->tail = 0;
}

/* A socket's other direction may be a stream of its own, on another copy of the descriptor: the far
 * side learns of the end by the shutdown. It does nothing to what is no socket. */
static void let_go(uint32_t number) {
  struct stream *stream = &streams[number];
  loop_unwatch(&stream->source);
  forget_pending(stream);
  bulk_end(&stream->bulk);
  unlink_owner(number);
  if (stream->to_fd) sys_2(__NR_shutdown, stream->source.fd, 1 /* SHUT_WR */);
  sys_close(stream->source.fd);
  if (stream->kept) kept_leave(stream->kept - 1);
  stream->open = false;
  stream->due = 0;
  claim_release(number);
}

static void end(uint32_t number, long error) {
  let_go(number);
  say_word(FRAME_END, number, (uint32_t)-error);
}

void streams_detach(void) {
  for (uint32_t number = 0; number < WIRE_NUMBERS; number++)
    if (streams[number].open) let_go(number);
}

static bool is_wanted(const struct stream *stream) {
  if (stream->to_fd) return stream->pending;
  return stream->credit && (!stream->kept || kept_has_more(stream->kept - 1));
}

/* Whether the stream goes on. */
static bool watch(uint32_t number) {
  struct stream *stream = &streams[number];
  if (!is_wanted(stream)) {
    loop_unwatch(&stream->source);
    return true;
  }
  long result = loop_watch(&stream->source, stream->to_fd ? SYS_POLLOUT : SYS_POLLIN);
  if (result < 0) end(number, result == -EPERM ? -EINVAL : result);
  return result == 0;
}

static void readable(uint32_t number);
static void writable(uint32_t number);

/* epoll tells at once what cannot be waited for, though there is no credit yet. */
static bool can_be_watched(uint32_t number) {
  struct stream *stream = &streams[number];
  uint32_t credit = stream->credit;
  stream->credit = 1;
  bool can = stream->to_fd || watch(number);
  if (can) stream->credit = credit;
  return can;
}

void stream_open(uint32_t number, int fd, uint32_t direction, uint32_t credit, uint32_t owner) {
  struct stream *stream = &streams[number];
  if (fd < 0 || stream->open) {
    if (fd >= 0) sys_close(fd);
    if (!stream->open) claim_release(number);
    say_word(FRAME_END, number, fd < 0 ? EMFILE : EBUSY);
    return;
  }
  bool to_fd = direction == STREAM_TO_FD;
  *stream = (struct stream){
      .source = {to_fd ? writable : readable, number, fd, to_fd ? LEVEL_INPUT : LEVEL_STREAMS, 0},
      .open = true,
      .to_fd = to_fd,
      .credit = to_fd ? GRANTED : credit};
  link_owner(number, owner);
  long flags = sys_2(__NR_fcntl, fd, F_GETFL);
  sys_3(__NR_fcntl, fd, F_SETFL, flags | O_NONBLOCK);
  if (!can_be_watched(number)) return;
  if (to_fd)
    say_word(FRAME_CREDIT, number, GRANTED);
  else
    watch(number);
}

bool stream_is_open(uint32_t number) {
  return streams[number].open;
}

/* ---- from a descriptor ---- */

static void went(uint32_t number, uint32_t bytes) {
  struct stream *stream = &streams[number];
  stream->credit -= bytes;
  stream->due -= stream->due < bytes ? stream->due : bytes;
  window_use(bytes);
  stream->passed += bytes;
  if (!stream->credit || stream->kept) watch(number);
}

static uint32_t most(const struct stream *stream) {
  uint64_t left = window_left();
  uint32_t want = stream->credit < READ_MOST ? stream->credit : READ_MOST;
  return want < left ? want : (uint32_t)left;
}

/* Sends a DATA frame of so many bytes at the most; how many, as read(2) says it. */
static long move(uint32_t number, uint32_t want) {
  struct stream *stream = &streams[number];
  if (stream->kept) return kept_move(stream->kept - 1, number, want);
  long got = bulk_move(&stream->bulk, stream->source.fd, number, want);
  if (got > 0) return got;
  got = sys_read(stream->source.fd, output_begin(want), want);
  if (got <= 0) return got == -EIO ? 0 : got;
  output_end(FRAME_DATA, number, 0, (uint32_t)got);
  bulk_saw(&stream->bulk, stream->source.fd, (uint32_t)got);
  return got;
}

/* Whether something was read. */
static bool read_some(uint32_t number) {
  uint32_t want = most(&streams[number]);
  if (!want) return false;
  long got = move(number, want);
  if (got == -EAGAIN || got == -EINTR) {
    watch(number);
    return false;
  }
  if (got > 0)
    went(number, (uint32_t)got);
  else
    end(number, got);
  return got > 0;
}

static void readable(uint32_t number) {
  if (!output_full()) read_some(number);
}

void stream_grant(uint32_t number, uint32_t credit) {
  struct stream *stream = &streams[number];
  if (!stream->open) return;
  if (stream->to_fd || credit > UINT32_MAX - stream->credit) {
    end(number, -EINVAL);
    return;
  }
  stream->credit += credit;
  watch(number);
}

/* ---- what a process wrote before it ended ---- */

static uint64_t held_by(const struct stream *stream) {
  int32_t held = 0;
  if (stream->to_fd) return 0;
  if (stream->kept) return kept_catch_up(stream->kept - 1);
  sys_3(__NR_ioctl, stream->source.fd, FIONREAD, &held);
  return (uint32_t)held;
}

void streams_measure(uint32_t owner) {
  for (uint32_t link = first_of[owner]; link; link = streams[link - 1].next) {
    struct stream *stream = &streams[link - 1];
    uint64_t held = held_by(stream);
    stream->due = held < stream->credit ? (uint32_t)held : stream->credit;
  }
}

/* The end of file too is mostly there by then, so one more read is tried. */
bool streams_drain(uint32_t owner) {
  for (uint32_t link = first_of[owner], next; link; link = next) {
    struct stream *stream = &streams[link - 1];
    next = stream->next;
    while (stream->due) {
      if (output_full() || !window_left()) return false;
      if (!read_some(link - 1)) stream->due = 0;
    }
    if (stream->open && !stream->to_fd && !output_full()) read_some(link - 1);
  }
  return true;
}

void streams_disown(uint32_t owner) {
  while (first_of[owner]) unlink_owner(first_of[owner] - 1);
}

/* ---- of a kept output ---- */

bool stream_can_be_kept(uint32_t number) {
  return streams[number].open && !streams[number].to_fd && !streams[number].kept;
}

uint64_t stream_passed(uint32_t number) {
  return streams[number].passed;
}

static void has_more(uint32_t number) {
  watch(number);
}

void stream_keep(uint32_t number, uint32_t kept, int ready, uint32_t owner) {
  struct stream *stream = &streams[number];
  int fd = stream->source.fd;
  loop_unwatch(&stream->source);
  bulk_end(&stream->bulk);
  unlink_owner(number);
  link_owner(number, owner);
  stream->source.fd = ready;
  stream->kept = kept + 1;
  kept_read(kept, fd);
  kept_take(kept, number, has_more);
  watch(number);
}

void stream_open_kept(uint32_t number, uint32_t kept, int ready, uint32_t credit, uint32_t owner) {
  streams[number] = (struct stream){.source = {readable, number, ready, LEVEL_STREAMS, 0},
                                    .open = true,
                                    .kept = kept + 1,
                                    .credit = credit};
  link_owner(number, owner);
  kept_take(kept, number, has_more);
  watch(number);
}

/* ---- to a descriptor ---- */

static void give_credit(uint32_t number, uint32_t bytes) {
  struct stream *stream = &streams[number];
  stream->owed += bytes;
  if (stream->owed < GRANT_STEP || stream->closing) return;
  say_word(FRAME_CREDIT, number, stream->owed);
  stream->credit += stream->owed;
  stream->owed = 0;
}

/* Writes what the descriptor takes; returns how much, or -1 when the stream ended. */
static long write_some(uint32_t number, const uint8_t *bytes, uint32_t length) {
  uint32_t done = 0;
  while (done < length) {
    long put = sys_write(streams[number].source.fd, bytes + done, length - done);
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

static void writable(uint32_t number) {
  struct stream *stream = &streams[number];
  long put = write_some(number, stream->pending + stream->head, stream->tail - stream->head);
  if (put < 0) return;
  stream->head += (uint32_t)put;
  if (stream->head < stream->tail) return;
  forget_pending(stream);
  watch(number);
  if (stream->closing) end(number, 0);
}

static long map_pending(struct stream *stream) {
  if (stream->pending) return 0;
  long address =
      sys6(__NR_mmap, 0, GRANTED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys_failed(address)) return address;
  stream->pending = (uint8_t *)address;
  return 0;
}

static void keep(uint32_t number, const uint8_t *bytes, uint32_t length) {
  struct stream *stream = &streams[number];
  long error = map_pending(stream);
  if (error) {
    end(number, error);
    return;
  }
  if (stream->tail + length > GRANTED) {
    memmove(stream->pending, stream->pending + stream->head, stream->tail - stream->head);
    stream->tail -= stream->head;
    stream->head = 0;
  }
  memcpy(stream->pending + stream->tail, bytes, length);
  stream->tail += length;
  watch(number);
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

void stream_close(uint32_t number) {
  struct stream *stream = &streams[number];
  if (!stream->open) return;
  if (stream->to_fd && stream->pending && !stream->closing)
    stream->closing = true;
  else
    end(number, 0);
}
