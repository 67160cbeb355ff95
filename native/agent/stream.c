#include "stream.h"

#include "claims.h"
#include "kept.h"
#include "say.h"

static struct stream streams[WIRE_NUMBERS];
static uint32_t first_of[WIRE_NUMBERS]; /* by owner: 1 and the number of a stream */

struct stream *stream_at(uint32_t number) {
  return &streams[number];
}

/* ---- which streams a process has opened ---- */

uint32_t stream_first(uint32_t owner) {
  return first_of[owner];
}

void stream_own(uint32_t number, uint32_t owner) {
  struct stream *stream = &streams[number];
  stream->owner = owner;
  stream->next = first_of[owner];
  if (stream->next) streams[stream->next - 1].previous = number + 1;
  first_of[owner] = number + 1;
}

void stream_disown(uint32_t number) {
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

/* ---- their end ---- */

void stream_forget_pending(struct stream *stream) {
  if (stream->pending) sys_2(__NR_munmap, stream->pending, STREAM_GRANTED);
  stream->pending = NULL;
  stream->head = stream->tail = 0;
}

/* A socket's other direction may be a stream of its own, on another copy of the descriptor: the far
 * side learns of the end by the shutdown. It does nothing to what is no socket. */
void stream_let_go(uint32_t number) {
  struct stream *stream = &streams[number];
  loop_unwatch(&stream->source);
  stream_forget_pending(stream);
  bulk_end(&stream->bulk);
  stream_disown(number);
  if (stream->to_fd) sys_2(__NR_shutdown, stream->source.fd, 1 /* SHUT_WR */);
  sys_close(stream->source.fd);
  if (stream->kept) kept_leave(stream->kept - 1);
  stream->open = false;
  stream->due = 0;
  claim_release(number);
}

void stream_end(uint32_t number, long error) {
  stream_let_go(number);
  say_word(FRAME_END, number, (uint32_t)-error);
}

/* ---- when they are waited for ---- */

static bool is_wanted(const struct stream *stream) {
  if (stream->to_fd) return stream->pending;
  return stream->credit && (!stream->kept || kept_has_more(stream->kept - 1));
}

bool stream_watch(uint32_t number) {
  struct stream *stream = &streams[number];
  if (!is_wanted(stream)) {
    loop_unwatch(&stream->source);
    return true;
  }
  long result = loop_watch(&stream->source, stream->to_fd ? SYS_POLLOUT : SYS_POLLIN);
  if (result < 0) stream_end(number, result == -EPERM ? -EINVAL : result);
  return result == 0;
}
