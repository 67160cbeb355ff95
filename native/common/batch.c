/* The executor of batches.
 *
 * A body is checked as a whole before any of it runs. Results are stored from the start of the body
 * while the calls, further on, are still being read: result i ends at 16 + 8 i, and call i begins
 * at 16 + 56 i. When all have run, the output ranges move together at the start of the blob and the
 * results move up against them, so nothing is ever written over what is still to be read.
 */
#include "batch.h"

struct parts {
  struct call *calls;
  struct patch *patches;
  struct output *outputs;
  uint8_t *blob;
};

static struct parts parts_of(struct batch batch, void *body) {
  struct parts parts;
  parts.calls = (struct call *)((uint8_t *)body + sizeof(struct batch));
  parts.patches = (struct patch *)(parts.calls + batch.calls);
  parts.outputs = (struct output *)(parts.patches + batch.patches);
  parts.blob = (uint8_t *)(parts.outputs + batch.outputs);
  return parts;
}

/* Whether `length` bytes at `offset` are inside the blob. */
static bool fits(uint64_t offset, uint64_t length, uint64_t blob_length) {
  return length <= blob_length && offset <= blob_length - length;
}

static const char *check_call(const struct call *call, uint32_t index, uint32_t blob_length) {
  if (call->nr >= PSEUDO_END) return "call of an unknown number";
  if (call->flags & ~CALL_CONTINUE) return "call with unknown flags";
  if (call->kinds >> 12) return "call with more than six argument kinds";
  for (int i = 0; i < 6; i++) {
    uint64_t value = call->arguments[i];
    switch (call->kinds >> (2 * i) & 3) {
      case ARGUMENT_BLOB:
        if (!fits(value, 0, blob_length)) return "argument outside the blob";
        break;
      case ARGUMENT_INT32:
        if (!fits(value, sizeof(int32_t), blob_length)) return "argument read outside the blob";
        break;
      case ARGUMENT_RESULT:
        if (value >= index) return "argument from a call that is not earlier";
        break;
    }
  }
  return NULL;
}

static const char *check_patch(const struct patch *patch, uint32_t calls, uint32_t blob_length) {
  bool pointer = patch->kind == PATCH_POINTER;
  if (patch->before >= calls) return "patch before a call that does not exist";
  if (!fits(patch->at, pointer ? sizeof(uint64_t) : sizeof(int32_t), blob_length))
    return "patch outside the blob";
  switch (patch->kind) {
    case PATCH_POINTER:
      return fits(patch->from, 0, blob_length) ? NULL : "pointer outside the blob";
    case PATCH_RESULT:
      return patch->from < patch->before ? NULL : "patch from a call that is not earlier";
    case PATCH_INT32:
      return fits(patch->from, sizeof(int32_t), blob_length) ? NULL : "patch read outside the blob";
  }
  return "patch of an unknown kind";
}

static const char *check_output(const struct output *output, uint64_t from, struct batch batch) {
  if (!fits(output->offset, output->length, batch.blob_length)) return "output outside the blob";
  if (output->offset < from) return "outputs that overlap or do not ascend";
  if (output->limit > batch.calls) return "output limited by a call that does not exist";
  return output->zero ? "output with reserved bytes set" : NULL;
}

const char *batch_check(const void *body, uint64_t length) {
  struct batch batch;
  if (length < sizeof batch) return "batch shorter than its header";
  if (length > WIRE_MAX_BODY) return "batch longer than a frame";
  if ((uintptr_t)body % 8) return "batch not aligned to 8 bytes";
  memcpy(&batch, body, sizeof batch);
  if (batch.calls > WIRE_MAX_CALLS) return "batch of too many calls";
  uint64_t total = sizeof batch + (uint64_t)batch.calls * sizeof(struct call) +
                   (uint64_t)batch.patches * sizeof(struct patch) +
                   (uint64_t)batch.outputs * sizeof(struct output) + batch.blob_length;
  if (total != length) return "batch whose parts do not add up to its length";

  struct parts parts = parts_of(batch, (void *)(uintptr_t)body);
  const char *fault = NULL;
  for (uint32_t i = 0; i < batch.calls && !fault; i++)
    fault = check_call(&parts.calls[i], i, batch.blob_length);
  for (uint32_t i = 0, before = 0; i < batch.patches && !fault; i++) {
    fault = check_patch(&parts.patches[i], batch.calls, batch.blob_length);
    if (parts.patches[i].before < before) fault = "patches that do not ascend";
    before = parts.patches[i].before;
  }
  uint64_t from = 0;
  for (uint32_t i = 0; i < batch.outputs && !fault; i++) {
    fault = check_output(&parts.outputs[i], from, batch);
    from = (uint64_t)parts.outputs[i].offset + parts.outputs[i].length;
  }
  return fault;
}

struct batch batch_open(void *body) {
  struct batch batch;
  memcpy(&batch, body, sizeof batch);
  struct reply reply = {0, REPLY_RAN};
  memcpy(body, &reply, sizeof reply);
  return batch;
}

static int32_t load_int32(const uint8_t *at) {
  int32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static void apply_patch(const struct patch *patch, uint8_t *blob, const int64_t *results) {
  uint64_t pointer = (uint64_t)(uintptr_t)(blob + patch->from);
  int32_t value;
  switch (patch->kind) {
    case PATCH_POINTER:
      memcpy(blob + patch->at, &pointer, sizeof pointer);
      return;
    case PATCH_RESULT:
      value = (int32_t)results[patch->from];
      break;
    default:
      value = load_int32(blob + patch->from);
      break;
  }
  memcpy(blob + patch->at, &value, sizeof value);
}

static int64_t argument_of(const struct call *call, int i, uint8_t *blob, const int64_t *results) {
  uint64_t value = call->arguments[i];
  switch (call->kinds >> (2 * i) & 3) {
    case ARGUMENT_BLOB:
      return (int64_t)(uintptr_t)(blob + value);
    case ARGUMENT_RESULT:
      return results[value];
    case ARGUMENT_INT32:
      return load_int32(blob + value);
  }
  return (int64_t)value;
}

static int64_t run_call(struct executor *executor, const struct call *call, uint8_t *blob,
                        const int64_t *results) {
  if (executor->interrupted(executor)) return -EINTR;
  int64_t arguments[6];
  for (int i = 0; i < 6; i++) arguments[i] = argument_of(call, i, blob, results);
  if (call->nr == PSEUDO_STREAM) return executor->stream(executor, arguments);
  if (call->nr > PSEUDO_STREAM) return pseudo_call(executor, call->nr, arguments);
  int64_t result = executor->call(executor, call->nr, arguments);
  if (result == -EINTR) executor->interrupted(executor);
  return result;
}

static uint32_t output_length(const struct output *output, uint32_t done, const int64_t *results) {
  if (!output->limit) return output->length;
  if (output->limit > done || results[output->limit - 1] < 0) return 0;
  int64_t limit = results[output->limit - 1];
  return limit < output->length ? (uint32_t)limit : output->length;
}

static struct batch_reply gather(struct batch batch, void *body, struct parts parts,
                                 uint32_t done) {
  struct reply *reply = body;
  const int64_t *results = (const int64_t *)(reply + 1);
  uint8_t *end = parts.blob;
  for (uint32_t i = 0; i < batch.outputs; i++) {
    uint32_t length = output_length(&parts.outputs[i], done, results);
    memmove(end, parts.blob + parts.outputs[i].offset, length);
    end += length;
  }
  uint64_t head = sizeof *reply + done * sizeof *results;
  uint8_t *start = parts.blob - head;
  memmove(start, body, head);
  return (struct batch_reply){(uint32_t)(start - (uint8_t *)body), (uint32_t)(end - start)};
}

struct batch_reply batch_run(struct executor *executor, struct batch batch, void *body) {
  struct parts parts = parts_of(batch, body);
  struct reply *reply = body;
  int64_t *results = (int64_t *)(reply + 1);
  uint32_t patched = 0, done = 0;
  while (done < batch.calls) {
    const struct call *call = &parts.calls[done];
    for (; patched < batch.patches && parts.patches[patched].before == done; patched++)
      apply_patch(&parts.patches[patched], parts.blob, results);
    bool proceed = call->flags & CALL_CONTINUE;
    int64_t result = run_call(executor, call, parts.blob, results);
    results[done++] = result;
    __atomic_store_n(&reply->done, done, __ATOMIC_RELEASE);
    if (sys_failed(result) && !proceed) break;
  }
  return gather(batch, body, parts, done);
}
