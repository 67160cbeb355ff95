/* Checking and running the body of a CALL frame; wire.h has its layout. No globals, so that any
 * number of threads can run batches of their own. */
#ifndef BAILIWICK_BATCH_H
#define BAILIWICK_BATCH_H

#include "executor.h"
#include "wire.h"

struct batch_reply {
  uint32_t offset; /* within the body */
  uint32_t length;
};

/* What is wrong with a body whose room follows it, or NULL; `length` is that of both. Whether
 * whoever runs it `stands` decides which calls there are. Nothing else of this page may be used on
 * a body with a fault. */
const char *batch_check(const void *body, uint64_t length, bool stands);

/* Takes the header out of the body and starts the struct reply that grows in its place, with no
 * result yet. From here on a reader of the memory finds the results so far at the start of the
 * body. */
struct batch batch_open(void *body);

/* Runs an opened batch. The reply stands in one piece inside the body and its room. */
struct batch_reply batch_run(struct executor *executor, struct batch batch, void *body);

#endif
