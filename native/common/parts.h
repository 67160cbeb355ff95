/* Where the parts of a batch lie in its body; wire.h has the layout. */
#ifndef BAILIWICK_PARTS_H
#define BAILIWICK_PARTS_H

#include "sys.h"
#include "wire.h"

struct parts {
  struct call *calls;
  struct patch *patches;
  struct output *outputs;
  uint8_t *blob; /* and the room after it */
};

static inline struct parts parts_of(struct batch batch, void *body) {
  struct parts parts;
  parts.calls = (struct call *)((uint8_t *)body + sizeof(struct batch));
  parts.patches = (struct patch *)(parts.calls + batch.calls);
  parts.outputs = (struct output *)(parts.patches + batch.patches);
  parts.blob = (uint8_t *)(parts.outputs + batch.outputs);
  return parts;
}

/* Of a call with CALL_OPENS_PAIR: which argument says where the two are stored. */
static inline uint32_t pair_argument(const struct call *call) {
  return call->flags >> 8;
}

#endif
