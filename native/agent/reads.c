#include "reads.h"

#include "kept.h"
#include "output.h"
#include "stream.h"
#include "window.h"

#define READ_MOST (256u << 10)
#define FIONREAD 0x541b

static void went(uint32_t number, uint32_t bytes) {
  struct stream *stream = stream_at(number);
  stream->credit -= bytes;
  stream->due -= stream->due < bytes ? stream->due : bytes;
  window_use(bytes);
  stream->passed += bytes;
  if (!stream->credit || stream->kept) stream_watch(number);
}

static uint32_t most(const struct stream *stream) {
  uint64_t left = window_left();
  uint32_t want = stream->credit < READ_MOST ? stream->credit : READ_MOST;
  return want < left ? want : (uint32_t)left;
}

/* Sends a DATA frame of so many bytes at the most; how many, as read(2) says it. */
static long move(uint32_t number, uint32_t want) {
  struct stream *stream = stream_at(number);
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
  uint32_t want = most(stream_at(number));
  if (!want) return false;
  long got = move(number, want);
  if (got == -EAGAIN || got == -EINTR) {
    stream_watch(number);
    return false;
  }
  if (got > 0)
    went(number, (uint32_t)got);
  else
    stream_end(number, got);
  return got > 0;
}

void stream_readable(uint32_t number) {
  if (!output_full()) read_some(number);
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
  for (uint32_t link = stream_first(owner); link; link = stream_at(link - 1)->next) {
    struct stream *stream = stream_at(link - 1);
    uint64_t held = held_by(stream);
    stream->due = held < stream->credit ? (uint32_t)held : stream->credit;
  }
}

/* The end of file too is mostly there by then, so one more read is tried. */
bool streams_drain(uint32_t owner) {
  for (uint32_t link = stream_first(owner), next; link; link = next) {
    struct stream *stream = stream_at(link - 1);
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
  while (stream_first(owner)) stream_disown(stream_first(owner) - 1);
}
