/* Its descriptor is read in every turn, however full the program's stream is. All goes through the
 * ring, so a program that takes little is no other case than none.
 *
 * An output goes to one stream at a time. What was sent to a stream is not kept any more, and the
 * next one begins behind it. */
#include "kept.h"

#include "loop.h"
#include "output.h"
#include "ring.h"
#include "say.h"
#include "state.h"

#define ROOM (1u << 20)
#define CHUNK 65536
#define FIONREAD 0x541b

struct kept {
  struct source source; /* its descriptor */
  struct ring ring;
  uint64_t sent; /* bytes that went to programs, or that they did not want */
  uint32_t service; /* WIRE_NUMBERS: acknowledged, and a stream still takes it */
  uint32_t index;   /* of the service's outputs */
  uint32_t stream;  /* that takes it, and what tells that one of more */
  void (*has_more)(uint32_t stream);
  long error;       /* of its end */
  bool used, ended;
};

static struct kept outputs[KEPT_NONE];
static uint32_t used; /* places below this one have been used */
static int directory = -1;

void kept_directory(int fd) {
  directory = fd;
}

/* ---- reading ---- */

static void end(struct kept *kept, long error) {
  loop_unwatch(&kept->source);
  if (kept->source.fd >= 0) sys_close(kept->source.fd);
  kept->ended = true;
  kept->error = error == -EIO ? 0 : error;
}

static long read_some(struct kept *kept) {
  static uint8_t bytes[CHUNK];
  if (!kept->used || kept->ended) return 0;
  long got = sys_read(kept->source.fd, bytes, sizeof bytes);
  if (got == -EAGAIN || got == -EINTR) return got;
  if (got > 0)
    ring_put(&kept->ring, bytes, (uint32_t)got);
  else
    end(kept, got);
  if (kept->has_more) kept->has_more(kept->stream);
  return got;
}

static void readable(uint32_t place) {
  read_some(&outputs[place]);
}

uint64_t kept_catch_up(uint32_t place) {
  struct kept *kept = &outputs[place];
  int32_t held = 0;
  if (!kept->ended) sys_3(__NR_ioctl, kept->source.fd, FIONREAD, &held);
  while (held > 0) {
    long got = read_some(kept);
    if (got <= 0 && got != -EINTR) break;
    if (got > 0) held -= (int32_t)got;
  }
  return kept->ring.end - kept->ring.start;
}

/* ---- for a program ---- */

bool kept_has_more(uint32_t place) {
  const struct kept *kept = &outputs[place];
  return kept->ended || kept->sent < kept->ring.end;
}

static void say_dropped(struct kept *kept, uint32_t stream) {
  uint64_t dropped = kept->ring.start - kept->sent;
  if (!dropped) return;
  say(FRAME_DROPPED, stream, 0, &dropped, sizeof dropped);
  kept->sent = kept->ring.start;
}

/* What cannot be read back is dropped. */
long kept_move(uint32_t place, uint32_t stream, uint32_t most) {
  struct kept *kept = &outputs[place];
  say_dropped(kept, stream);
  if (kept->sent == kept->ring.end) return kept->ended ? kept->error : -EAGAIN;
  uint32_t got = ring_get(&kept->ring, output_begin(most), most);
  if (got) output_end(FRAME_DATA, stream, 0, got);
  kept->sent += got;
  ring_drop(&kept->ring, got ? kept->sent : kept->ring.end);
  return got ? (long)got : -EAGAIN;
}

/* ---- which there are ---- */

uint32_t kept_find(uint32_t service, uint32_t index) {
  for (uint32_t place = 0; place < used; place++) {
    const struct kept *kept = &outputs[place];
    if (kept->used && kept->service == service && kept->index == index) return place;
  }
  return KEPT_NONE;
}

static uint32_t free_place(void) {
  uint32_t place = 0;
  while (place < used && outputs[place].used) place++;
  if (place == used && used < KEPT_NONE) used++;
  return place;
}

long kept_add(uint32_t service, uint32_t index, uint32_t room, uint64_t at) {
  uint32_t place = free_place();
  if (place == KEPT_NONE) return -ENOMEM;
  struct kept *kept = &outputs[place];
  *kept = (struct kept){.source = {readable, place, -1, LEVEL_CORE, 0},
                        .sent = at,
                        .service = service,
                        .index = index};
  long error = ring_open(&kept->ring, directory, room ? room : ROOM, at);
  kept->used = error == 0;
  return error ? error : place;
}

void kept_forget(uint32_t place) {
  struct kept *kept = &outputs[place];
  if (!kept->ended) end(kept, 0);
  ring_close(&kept->ring);
  kept->used = false;
}

void kept_read(uint32_t place, int fd) {
  struct kept *kept = &outputs[place];
  kept->source.fd = fd;
  long error = loop_watch(&kept->source, SYS_POLLIN);
  if (error) end(kept, error);
}

uint64_t kept_skip(uint32_t place, uint64_t from) {
  struct kept *kept = &outputs[place];
  if (from == OUTPUT_FROM_NOW) kept_catch_up(place);
  if (from > kept->ring.end) from = kept->ring.end;
  if (from > kept->sent) kept->sent = from;
  ring_drop(&kept->ring, kept->sent);
  return kept->sent;
}

bool kept_is_taken(uint32_t place) {
  return outputs[place].has_more;
}

void kept_take(uint32_t place, uint32_t stream, void (*has_more)(uint32_t stream)) {
  outputs[place].stream = stream;
  outputs[place].has_more = has_more;
}

void kept_leave(uint32_t place) {
  struct kept *kept = &outputs[place];
  kept->has_more = NULL;
  if (kept->service == WIRE_NUMBERS) kept_forget(place);
}

void kept_disown(uint32_t service) {
  for (uint32_t place = 0; place < used; place++) {
    struct kept *kept = &outputs[place];
    if (!kept->used || kept->service != service) continue;
    kept->service = WIRE_NUMBERS;
    if (!kept->has_more) kept_forget(place);
  }
}

/* ---- going on as another image ---- */

struct kept_record {
  uint32_t service, index;
  int32_t fd, ring; /* -1 when it has ended */
  uint32_t room;
  uint16_t ended, in_memory;
  int64_t error;
  uint64_t base, start, end, sent;
};

static void save(const struct kept *kept) {
  const struct ring *ring = &kept->ring;
  struct kept_record record = {
      .service = kept->service,
      .index = kept->index,
      .fd = kept->ended ? -1 : kept->source.fd,
      .ring = ring->fd,
      .room = ring->room,
      .ended = kept->ended,
      .in_memory = ring->in_memory,
      .error = kept->error,
      .base = ring->base,
      .start = ring->start,
      .end = ring->end,
      .sent = kept->sent,
  };
  state_put_fd(record.fd);
  state_put_fd(record.ring);
  state_put(STATE_KEPT, &record, sizeof record);
}

void kept_save(void) {
  for (uint32_t place = 0; place < used; place++)
    if (outputs[place].used && outputs[place].service < WIRE_NUMBERS) save(&outputs[place]);
}

bool kept_restore(const struct state_record *from) {
  struct kept_record record;
  state_take(from, &record, sizeof record);
  uint32_t place = free_place();
  bool read = record.ended || record.fd > 2;
  bool range = record.base <= record.start && record.sent <= record.start &&
               record.start <= record.end && record.end - record.start <= record.room;
  if (place == KEPT_NONE || !read || !range || record.service >= WIRE_NUMBERS ||
      record.ring <= 2 || !record.room || kept_find(record.service, record.index) != KEPT_NONE)
    return false;
  outputs[place] = (struct kept){
      .source = {readable, place, record.ended ? -1 : record.fd, LEVEL_CORE, 0},
      .ring = {.fd = record.ring,
               .room = record.room,
               .in_memory = record.in_memory,
               .base = record.base,
               .start = record.start,
               .end = record.end},
      .sent = record.sent,
      .service = record.service,
      .index = record.index,
      .error = record.error,
      .ended = record.ended,
      .used = true};
  return true;
}

void kept_go_on(void) {
  for (uint32_t place = 0; place < used; place++)
    if (outputs[place].used && !outputs[place].ended) kept_read(place, outputs[place].source.fd);
}
