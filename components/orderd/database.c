#define _GNU_SOURCE
#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../native/daemon.h"
#include "schema.h"
#include "sql.h"

static int owned = -1;

/* Held as long as SQLite has the file: closing a descriptor of it would drop SQLite's own locks. */
static bool lock(const char *path, bool wait) {
  owned = open(path, O_RDWR | O_CLOEXEC);
  if (owned < 0)
    fail("cannot open the database %s: %s: make one with orderd --init", path, strerror(errno));
  if (flock(owned, wait ? LOCK_EX : LOCK_EX | LOCK_NB) == 0) return true;
  if (errno == EWOULDBLOCK) return false;
  fail("cannot own the database %s: %s in flock", path, strerror(errno));
}

void database_own(const char *path, bool wait) {
  if (!lock(path, wait)) fail("another orderd has the database %s: stop it first", path);
}

void database_let_go(void) {
  close(owned);
}

static void check_kind(sqlite3 *database, const char *path) {
  if (sql_number(database, "PRAGMA application_id") != APPLICATION_ID)
    fail("%s is not a database of orderd: its application_id differs", path);
  int64_t version = sql_number(database, "PRAGMA user_version");
  if (version != SCHEMA_VERSION)
    fail("the database %s has schema version %lld, and this orderd reads version %d: use the "
         "orderd that made it, or choose another path",
         path, (long long)version, SCHEMA_VERSION);
}

static unsigned meta(sqlite3 *database, const char *name) {
  char sql[80];
  snprintf(sql, sizeof sql, "SELECT CAST(value AS INTEGER) FROM meta WHERE name = '%s'", name);
  return (unsigned)sql_number(database, sql);
}

/* What it says of its place; the count is 0 or not known. */
static struct shard_place read_place(sqlite3 *database, const char *path) {
  unsigned stride = meta(database, "stride");
  if (stride != 1 && stride != SHARDS_MAX)
    fail("the database %s numbers its orders in steps of %u, and this orderd in steps of %d", path,
         stride, SHARDS_MAX);
  return (struct shard_place){.index = meta(database, "shard"), .count = stride != 1};
}

static void check_place(sqlite3 *database, const char *path, const struct shard_place *place) {
  struct shard_place made = read_place(database, path);
  if (!place) return;
  if (!made.count)
    fail("the database %s is of an orderd that is no shard, not of shard %u: choose another path",
         path, place->index);
  if (made.index != place->index)
    fail("the database %s is of shard %u, not of shard %u: each shard keeps its own", path,
         made.index, place->index);
}

static void write_place(sqlite3 *database, struct shard_place place) {
  char sql[100];
  snprintf(sql, sizeof sql, "INSERT INTO meta VALUES('shard', '%u'), ('stride', '%u')", place.index,
           order_stride(place));
  sql_run(database, sql);
}

static void sync_path(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0 || fsync(fd) < 0) fail("cannot make %s durable: %s", path, strerror(errno));
  close(fd);
}

/* Made under another name and then linked: a crash leaves no half database under the real one. */
void database_make(const char *path, const struct shard_place *place) {
  char *draft, *copy = strdup(path);
  if (!copy || asprintf(&draft, "%s.init-%d", path, getpid()) < 0) fail("out of memory");
  int fd = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) fail("cannot make the database %s: %s", path, strerror(errno));
  close(fd);
  sqlite3 *database = sql_open(draft);
  sql_run(database, schema);
  write_place(database, place ? *place : (struct shard_place){0});
  sqlite3_close(database);
  sync_path(draft, O_RDWR);
  int linked = link(draft, path);
  int error = errno;
  unlink(draft);
  if (linked < 0 && error == EEXIST)
    fail("cannot make the database %s: it exists: recover it, or choose another path", path);
  if (linked < 0) fail("cannot make the database %s: %s", path, strerror(error));
  sync_path(dirname(copy), O_RDONLY | O_DIRECTORY);
  free(draft);
  free(copy);
}

static void check_whole(sqlite3 *database, const char *path) {
  char verdict[200];
  sql_text(database, "PRAGMA integrity_check(1)", verdict, sizeof verdict);
  if (strcmp(verdict, "ok")) fail("the database %s is damaged: %s", path, verdict);
  long long count = sql_number(database, "SELECT count(*) FROM orders");
  long long last = sql_number(database, "SELECT coalesce(max(id), 0) FROM orders");
  if (count != last)
    fail("the database %s is damaged: %lld orders, and the last is %lld", path, count, last);
  long long differ = sql_number(
      database,
      "SELECT (SELECT count(*) FROM orders WHERE symbol NOT IN symbols)"
      " + (SELECT count(*) FROM symbols WHERE symbol NOT IN (SELECT symbol FROM orders))");
  if (differ) fail("the database %s is damaged: its symbols are not those of its orders", path);
  char id[40];
  sql_text(database, "SELECT value FROM meta WHERE name = 'id'", id, sizeof id);
  printf("ok orders=%lld symbols=%lld id=%s\n", count,
         (long long)sql_number(database, "SELECT count(*) FROM symbols"), id);
}

static void check(const char *path, const struct shard_place *place, bool whole) {
  sqlite3 *database = sql_open(path);
  check_kind(database, path);
  check_place(database, path, place);
  if (whole) check_whole(database, path);
  sqlite3_close(database);
}

void database_check(const char *path, const struct shard_place *place) {
  database_own(path, false);
  check(path, place, true);
}

void database_prepare(const char *path, const struct shard_place *place) {
  if (access(path, F_OK) < 0 && errno == ENOENT)
    database_make(path, place);
  else
    check(path, place, lock(path, false));
}

sqlite3 *database_open(const char *path, const struct shard_place *place) {
  sqlite3 *database = sql_open(path);
  check_kind(database, path);
  check_place(database, path, place);
  struct shard_place made = read_place(database, path);
  if (!place && made.count)
    fail("the database %s is of shard %u: say among how many, as in --shard %u/%u", path,
         made.index, made.index, made.index + 1);
  return database;
}
