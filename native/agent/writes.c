#include "writes.h"

#include "say.h"
#include "stream.h"

#define GRANT_STEP (64u << 10) /* owed credit is sent from here on */

static void give_credit(uint32_t number, uint32_t bytes) {
  struct stream *stream = stream_at(number);
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
    long put = sys_write(stream_at(number)->source.fd, bytes + done, length - done);
    if (put == -EINTR) continue;
    if (put == -EAGAIN) break;
    if (put < 0) {
      stream_end(number, put);
      return -1;
    }
    done += (uint32_t)put;
  }
  give_credit(number, done);
  return done;
}

void stream_writable(uint32_t number) {
  struct stream *stream = stream_at(number);
  long put = write_some(number, stream->pending + stream->head, stream->tail - stream->head);
  if (put < 0) return;
  stream->head += (uint32_t)put;
  if (stream->head < stream->tail) return;
  stream_forget_pending(stream);
  stream_watch(number);
  if (stream->closing) stream_end(number, 0);
}

static long map_pending(struct stream *stream) {
  if (stream->pending) return 0;
  long address = sys6(__NR_mmap, 0, STREAM_GRANTED, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys_failed(address)) return address;
  stream->pending = (uint8_t *)address;
  return 0;
}

static void keep(uint32_t number, const uint8_t *bytes, uint32_t length) {
  struct stream *stream = stream_at(number);
  long error = map_pending(stream);
  if (error) {
    stream_end(number, error);
    return;
  }
  if (stream->tail + length > STREAM_GRANTED) {
    memmove(stream->pending, stream->pending + stream->head, stream->tail - stream->head);
    stream->tail -= stream->head;
    stream->head = 0;
  }
  memcpy(stream->pending + stream->tail, bytes, length);
  stream->tail += length;
  stream_watch(number);
}

const char *stream_write_begin(uint32_t number, uint32_t length) {
  struct stream *stream = stream_at(number);
  if (!stream->open) return NULL;
  if (!stream->to_fd) return "bytes for a stream that the program reads";
  if (stream->closing) return "bytes for a stream that the program closed";
  if (length > stream->credit) return "more bytes than a stream was granted";
  stream->credit -= length;
  return NULL;
}

void stream_write(uint32_t number, const uint8_t *bytes, uint32_t length) {
  struct stream *stream = stream_at(number);
  if (!stream->open || !stream->to_fd) return;
  long put = stream->pending ? 0 : write_some(number, bytes, length);
  if (put >= 0 && (uint32_t)put < length) keep(number, bytes + put, length - (uint32_t)put);
}
