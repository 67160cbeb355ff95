/* A body is checked as a whole before any of it runs: that its parts add up, that every offset
 * leaves room for what is read or stored there, and that results come from earlier calls. */
#include "batch.h"
#include "parts.h"

/* How many bytes there are: what is sent is in the blob, what calls write may be in the room
 * behind. */
struct space {
  uint64_t blob;
  uint64_t all;
};

static bool fits(uint64_t offset, uint64_t length, uint64_t space) {
  return length <= space && offset <= space - length;
}

static const char *check_argument(const struct call *call, int i, uint32_t index,
                                  struct space space) {
  uint64_t value = call->arguments[i];
  switch (call->kinds >> (2 * i) & 3) {
    case ARGUMENT_BLOB:
      return fits(value, 0, space.all) ? NULL : "argument outside the blob and the room";
    case ARGUMENT_INT32:
      return fits(value, sizeof(int32_t), space.all) ? NULL : "argument read outside the batch";
    case ARGUMENT_RESULT:
      return value < index ? NULL : "argument from a call that is not earlier";
  }
  return NULL;
}

static const char *check_pair(const struct call *call, struct space space) {
  uint32_t argument = pair_argument(call);
  if (!(call->flags & CALL_OPENS_PAIR)) return argument ? "call with unknown flags" : NULL;
  if (argument > 5 || (call->kinds >> (2 * argument) & 3) != ARGUMENT_BLOB ||
      !fits(call->arguments[argument], 2 * sizeof(int32_t), space.all))
    return "pair of descriptors outside the blob and the room";
  return NULL;
}

static bool is_known(uint32_t nr, bool stands) {
  return nr < PSEUDO_END || (stands && nr >= PSEUDO_HOLD && nr <= PSEUDO_TAKE);
}

static const char *check_call(const struct call *call, uint32_t index, struct space space,
                              bool stands) {
  if (!is_known(call->nr, stands)) return "call of an unknown number";
  if (call->flags & 0xff & ~(CALL_CONTINUE | CALL_OPENS | CALL_OPENS_PAIR))
    return "call with unknown flags";
  if (call->kinds >> 12) return "call with more than six argument kinds";
  const char *fault = check_pair(call, space);
  for (int i = 0; i < 6 && !fault; i++) fault = check_argument(call, i, index, space);
  return fault;
}

static const char *check_strings(const struct patch *patch, struct space space,
                                 const uint8_t *blob) {
  uint32_t count;
  if (!fits(patch->from, sizeof count, space.blob)) return "strings outside the blob";
  memcpy(&count, blob + patch->from, sizeof count);
  if (!fits(patch->at, ((uint64_t)count + 1) * sizeof(uint64_t), space.all))
    return "patch outside the blob and the room";
  uint64_t at = patch->from + sizeof count;
  for (; count && at < space.blob; at++) count -= blob[at] == 0;
  return count ? "strings outside the blob" : NULL;
}

static const char *check_patch(const struct patch *patch, uint32_t calls, struct space space,
                               const uint8_t *blob) {
  if (patch->before >= calls) return "patch before a call that does not exist";
  if (patch->kind == PATCH_STRINGS) return check_strings(patch, space, blob);
  bool pointer = patch->kind == PATCH_POINTER;
  if (!fits(patch->at, pointer ? sizeof(uint64_t) : sizeof(int32_t), space.all))
    return "patch outside the blob and the room";
  switch (patch->kind) {
    case PATCH_POINTER:
      return fits(patch->from, 0, space.all) ? NULL : "pointer outside the blob and the room";
    case PATCH_RESULT:
      return patch->from < patch->before ? NULL : "patch from a call that is not earlier";
    case PATCH_INT32:
      return fits(patch->from, sizeof(int32_t), space.all) ? NULL
                                                           : "patch read outside the batch";
  }
  return "patch of an unknown kind";
}

static const char *check_output(const struct output *output, uint32_t calls, struct space space) {
  uint64_t end = (uint64_t)output->offset + output->length;
  if (end > space.all) return "output outside the blob and the room";
  if (output->limit > calls) return "output limited by a call that does not exist";
  if (end > space.blob && !output->limit) return "output in the room without a limit";
  return output->zero ? "output with reserved bytes set" : NULL;
}

static const char *check_outputs(struct batch batch, const struct output *outputs,
                                 struct space space) {
  uint64_t from = 0, sum = sizeof(struct reply) + batch.calls * sizeof(int64_t);
  for (uint32_t i = 0; i < batch.outputs; i++) {
    const char *fault = check_output(&outputs[i], batch.calls, space);
    if (fault) return fault;
    if (outputs[i].offset < from) return "outputs that overlap or do not ascend";
    from = (uint64_t)outputs[i].offset + outputs[i].length;
    sum += outputs[i].length;
  }
  return sum > WIRE_MAX_BODY ? "batch whose reply would be longer than a frame" : NULL;
}

static const char *check_lengths(struct batch batch, uint64_t length) {
  if (batch.zero) return "batch with reserved bytes set";
  if (batch.calls > WIRE_MAX_CALLS) return "batch of too many calls";
  uint64_t total = sizeof batch + (uint64_t)batch.calls * sizeof(struct call) +
                   (uint64_t)batch.patches * sizeof(struct patch) +
                   (uint64_t)batch.outputs * sizeof(struct output) + batch.blob_length +
                   batch.room_length;
  return total == length ? NULL : "batch whose parts do not add up to its length";
}

const char *batch_check(const void *body, uint64_t length, bool stands) {
  struct batch batch;
  if (length < sizeof batch) return "batch shorter than its header";
  if (length > WIRE_MAX_CALL) return "batch longer than any may be";
  if ((uintptr_t)body % 8) return "batch not aligned to 8 bytes";
  memcpy(&batch, body, sizeof batch);
  const char *fault = check_lengths(batch, length);
  if (fault) return fault;

  struct parts parts = parts_of(batch, (void *)(uintptr_t)body);
  struct space space = {batch.blob_length, (uint64_t)batch.blob_length + batch.room_length};
  for (uint32_t i = 0; i < batch.calls && !fault; i++)
    fault = check_call(&parts.calls[i], i, space, stands);
  for (uint32_t i = 0, before = 0; i < batch.patches && !fault; i++) {
    fault = check_patch(&parts.patches[i], batch.calls, space, parts.blob);
    if (parts.patches[i].before < before) fault = "patches that do not ascend";
    before = parts.patches[i].before;
  }
  return fault ? fault : check_outputs(batch, parts.outputs, space);
}
