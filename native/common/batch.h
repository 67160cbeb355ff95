/* Checking and running the body of a CALL frame; wire.h has its layout. No globals, so that any
 * number of threads can run batches of their own. */
#ifndef BAILIWICK_BATCH_H
#define BAILIWICK_BATCH_H

#include "sys.h"
#include "wire.h"

/* Who runs batches. `context` is the owner's. */
struct executor {
  void *context;
  /* Runs one system call, or refuses it. */
  int64_t (*call)(struct executor *, uint32_t nr, const int64_t *arguments);
  /* PSEUDO_STREAM. */
  int64_t (*stream)(struct executor *, const int64_t *arguments);
  /* Whether this batch is to be interrupted; true once for each request. */
  bool (*interrupted)(struct executor *);
};

struct batch_reply {
  uint32_t offset; /* within the body */
  uint32_t length;
};

/* What is wrong with a body, or NULL. Nothing else of this page may be used on a body with a fault.
 */
const char *batch_check(const void *body, uint64_t length);

/* Takes the header out of the body and starts the struct reply that grows in its place, with no
 * result yet. From here on a reader of the memory finds the results so far at the start of the
 * body. */
struct batch batch_open(void *body);

/* Runs an opened batch. The reply stands in one piece inside the body. */
struct batch_reply batch_run(struct executor *executor, struct batch batch, void *body);

/* The pseudo calls but PSEUDO_STREAM. Interrupted, they return what was done so far, or -EINTR. */
int64_t pseudo_call(struct executor *executor, uint32_t nr, const int64_t *arguments);

/* PSEUDO_REMOVE_TREE. */
int64_t tree_remove(int directory, const char *path);

#endif
