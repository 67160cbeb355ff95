/* The file of a database: making it, checking it, and owning it. What is in it is in store.h.
 *
 * `place` is that of a shard, or NULL for a database of an orderd that is no shard. Of the place only
 * the index stands in the database, for ever.
 */
#ifndef ORDERD_DATABASE_H
#define ORDERD_DATABASE_H

#include <stdbool.h>

#include "../native/shard_place.h"
#include "sqlite3.h"

/* A fresh one; fails when there is something at `path`. */
void database_make(const char *path, const struct shard_place *place);

/* Looks at every page and prints what it holds; fails unless it is a whole one of this version that
 * no orderd has, and of that shard, or of any when `place` is NULL. */
void database_check(const char *path, const struct shard_place *place);

/* Makes it if it is missing, else checks it. One that an orderd has was checked when that started,
 * and only its kind is looked at. */
void database_prepare(const char *path, const struct shard_place *place);

/* Makes this process the owner, of whom there is one. When there is another: fails, or waits until
 * that one lets go or dies. What is read before is what another owner may change. */
void database_own(const char *path, bool wait);
void database_let_go(void);

sqlite3 *database_open(const char *path, const struct shard_place *place);

#endif
