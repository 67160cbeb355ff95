#include "keep.h"

#include "claims.h"
#include "kept.h"
#include "processes.h"
#include "streams.h"

/* A descriptor that can always be read from: it is a stream's, whose own was given to the output.
 */
static long open_ready(void) {
  return sys_2(__NR_eventfd2, 1, O_CLOEXEC | O_NONBLOCK);
}

static bool can_be_kept(const struct kept_output *outputs, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (outputs[i].stream >= WIRE_NUMBERS || !stream_can_be_kept(outputs[i].stream)) return false;
    for (uint32_t other = 0; other < i; other++)
      if (outputs[other].stream == outputs[i].stream) return false;
  }
  return true;
}

struct prepared {
  uint32_t place;
  int ready;
};

/* What may fail. */
static long prepare(uint32_t service, uint32_t index, const struct kept_output *output,
                    struct prepared *prepared) {
  long ready = open_ready();
  if (ready < 0) return ready;
  long place = kept_add(service, index, output->room, stream_passed(output->stream));
  if (place < 0) {
    sys_close((int)ready);
    return place;
  }
  *prepared = (struct prepared){(uint32_t)place, (int)ready};
  return 0;
}

static void forget(const struct prepared *prepared) {
  kept_forget(prepared->place);
  sys_close(prepared->ready);
}

int64_t keep_outputs(uint32_t service, const struct kept_output *outputs, uint32_t count) {
  struct prepared prepared[WIRE_MAX_OUTPUTS];
  if (!can_be_kept(outputs, count)) return -EBADF;
  for (uint32_t i = 0; i < count; i++) {
    long error = prepare(service, i, &outputs[i], &prepared[i]);
    if (!error) continue;
    while (i > 0) forget(&prepared[--i]);
    return error;
  }
  for (uint32_t i = 0; i < count; i++)
    stream_keep(outputs[i].stream, prepared[i].place, prepared[i].ready, service);
  return 0;
}

int64_t keep_request(uint32_t service, const struct output_request *request) {
  if (request->zero || request->stream >= WIRE_NUMBERS) return -EINVAL;
  if (!process_at(service)->kept) return -ESRCH;
  uint32_t place = kept_find(service, request->output);
  if (place == KEPT_NONE) return -ENOENT;
  if (kept_is_taken(place)) return -EBUSY;
  long ready = open_ready();
  if (ready < 0) return ready;
  if (!claim_take(request->stream)) {
    sys_close((int)ready);
    return -EBUSY;
  }
  uint64_t from = kept_skip(place, request->from);
  stream_open_kept(request->stream, place, (int)ready, request->credit, service);
  return (int64_t)from;
}
