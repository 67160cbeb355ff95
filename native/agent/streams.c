/* From a descriptor, it is watched only while there is credit: a hung-up descriptor without credit
 * would keep the loop awake. To a descriptor, bytes are written as they arrive; what it does not
 * take is kept, and more is granted as it goes. What is kept never exceeds what was granted.
 *
 * A number was claimed (claims.h) by the thread that opened the stream, and is given back with END.
 */
#include "streams.h"

#include "claims.h"
#include "kept.h"
#include "reads.h"
#include "say.h"
#include "stream.h"
#include "writes.h"

/* epoll tells at once what cannot be waited for, though there is no credit yet. */
static bool can_be_watched(uint32_t number) {
  struct stream *stream = stream_at(number);
  uint32_t credit = stream->credit;
  stream->credit = 1;
  bool can = stream->to_fd || stream_watch(number);
  if (can) stream->credit = credit;
  return can;
}

void stream_open(uint32_t number, int fd, uint32_t direction, uint32_t credit, uint32_t owner) {
  struct stream *stream = stream_at(number);
  if (fd < 0 || stream->open) {
    if (fd >= 0) sys_close(fd);
    if (!stream->open) claim_release(number);
    say_word(FRAME_END, number, fd < 0 ? EMFILE : EBUSY);
    return;
  }
  bool to_fd = direction == STREAM_TO_FD;
  *stream = (struct stream){
      .source = {to_fd ? stream_writable : stream_readable, number, fd,
                 to_fd ? LEVEL_INPUT : LEVEL_STREAMS, 0},
      .open = true,
      .to_fd = to_fd,
      .credit = to_fd ? STREAM_GRANTED : credit};
  stream_own(number, owner);
  long flags = sys_2(__NR_fcntl, fd, F_GETFL);
  sys_3(__NR_fcntl, fd, F_SETFL, flags | O_NONBLOCK);
  if (!can_be_watched(number)) return;
  if (to_fd)
    say_word(FRAME_CREDIT, number, STREAM_GRANTED);
  else
    stream_watch(number);
}

bool stream_is_open(uint32_t number) {
  return stream_at(number)->open;
}

void stream_grant(uint32_t number, uint32_t credit) {
  struct stream *stream = stream_at(number);
  if (!stream->open) return;
  if (stream->to_fd || credit > UINT32_MAX - stream->credit) {
    stream_end(number, -EINVAL);
    return;
  }
  stream->credit += credit;
  stream_watch(number);
}

void stream_close(uint32_t number) {
  struct stream *stream = stream_at(number);
  if (!stream->open) return;
  if (stream->to_fd && stream->pending && !stream->closing)
    stream->closing = true;
  else
    stream_end(number, 0);
}

void streams_detach(void) {
  for (uint32_t number = 0; number < WIRE_NUMBERS; number++)
    if (stream_at(number)->open) stream_let_go(number);
}

/* ---- of kept outputs ---- */

bool stream_can_be_kept(uint32_t number) {
  return stream_at(number)->open && !stream_at(number)->to_fd && !stream_at(number)->kept;
}

uint64_t stream_passed(uint32_t number) {
  return stream_at(number)->passed;
}

static void has_more(uint32_t number) {
  stream_watch(number);
}

void stream_keep(uint32_t number, uint32_t kept, int ready, uint32_t owner) {
  struct stream *stream = stream_at(number);
  int fd = stream->source.fd;
  loop_unwatch(&stream->source);
  bulk_end(&stream->bulk);
  stream_disown(number);
  stream_own(number, owner);
  stream->source.fd = ready;
  stream->kept = kept + 1;
  kept_read(kept, fd);
  kept_take(kept, number, has_more);
  stream_watch(number);
}

void stream_open_kept(uint32_t number, uint32_t kept, int ready, uint32_t credit, uint32_t owner) {
  *stream_at(number) =
      (struct stream){.source = {stream_readable, number, ready, LEVEL_STREAMS, 0},
                      .open = true,
                      .kept = kept + 1,
                      .credit = credit};
  stream_own(number, owner);
  kept_take(kept, number, has_more);
  stream_watch(number);
}
