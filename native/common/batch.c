/* The executor of batches that were checked.
 *
 * Results are stored from the start of the body while the calls, further on, are still being
 * read: result i ends at 16 + 8 i, and call i begins at 24 + 56 i. When all have run, the output
 * ranges move together at the start of the blob and the results move up against them, so nothing
 * is ever written over what is still to be read.
 */
#include "batch.h"

#include "opened.h"
#include "parts.h"
#include "pseudo.h"

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

static void store_pointer(uint8_t *at, const uint8_t *to) {
  uint64_t pointer = (uint64_t)(uintptr_t)to;
  memcpy(at, &pointer, sizeof pointer);
}

/* An earlier call may have written over what was checked, so the end is looked at again. */
static void store_strings(const struct patch *patch, uint8_t *blob, const uint8_t *end) {
  uint32_t count = (uint32_t)load_int32(blob + patch->from);
  uint8_t *at = blob + patch->at, *string = blob + patch->from + sizeof count;
  for (; count && string < end && at + 2 * sizeof(uint64_t) <= end; count--) {
    store_pointer(at, string);
    at += sizeof(uint64_t);
    while (string < end && *string++) {
    }
  }
  if (at + sizeof(uint64_t) <= end) store_pointer(at, NULL);
}

static void apply_patch(const struct patch *patch, uint8_t *blob, const uint8_t *end,
                        const int64_t *results) {
  int32_t value;
  switch (patch->kind) {
    case PATCH_POINTER:
      store_pointer(blob + patch->at, blob + patch->from);
      return;
    case PATCH_STRINGS:
      store_strings(patch, blob, end);
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

/* A call that is interrupted before it is made returns what one that was made may return too. Of
 * close(2) that would say that the number is free: it is made all the same, and the next is hit. */
static int64_t run_call(struct executor *executor, uint32_t nr, const int64_t *arguments) {
  if (nr != __NR_close && executor->interrupted(executor)) return -EINTR;
  if (nr == PSEUDO_STREAM || nr > PSEUDO_END) return executor->ask(executor, nr, arguments);
  if (nr > PSEUDO_STREAM) return pseudo_call(executor, nr, arguments);
  int64_t result = executor->call(executor, nr, arguments);
  if (result == -EINTR) executor->interrupted(executor);
  return result;
}

static void close_opened(struct executor *executor, const struct opened *opened) {
  for (uint32_t i = 0; i < opened->count; i++) {
    int64_t arguments[6] = {opened->fds[i]};
    executor->call(executor, __NR_close, arguments);
  }
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
  int64_t *results = (int64_t *)(reply + 1), arguments[6];
  const uint8_t *end = parts.blob + batch.blob_length + batch.room_length;
  uint32_t patched = 0, done = 0;
  struct opened opened;
  opened.count = 0;
  while (done < batch.calls) {
    const struct call *call = &parts.calls[done];
    for (; patched < batch.patches && parts.patches[patched].before == done; patched++)
      apply_patch(&parts.patches[patched], parts.blob, end, results);
    for (int i = 0; i < 6; i++) arguments[i] = argument_of(call, i, parts.blob, results);
    int64_t result = run_call(executor, call->nr, arguments);
    opened_note(&opened, call, arguments, result,
                (const uint8_t *)(uintptr_t)arguments[pair_argument(call)]);
    results[done++] = result;
    __atomic_store_n(&reply->done, done, __ATOMIC_RELEASE);
    if (!sys_failed(result) || call->flags & CALL_CONTINUE) continue;
    close_opened(executor, &opened);
    break;
  }
  return gather(batch, body, parts, done);
}
