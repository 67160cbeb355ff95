#define _GNU_SOURCE
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../native/daemon.h"
#include "schema.h"
#include "sqlite3.h"

enum { LOG_BYTES = 8 << 20 }; /* 2,000 pages, a little more than wal_autocheckpoint */

static sqlite3 *writer, *reader;
static sqlite3_stmt *begin, *insert, *commit, *read_orders;
static char database_id[DATABASE_ID_LENGTH + 1];
static struct shard_place place;
static uint64_t last_id;
static const char *database_path;
static int owned = -1;

static sqlite3 *open_database(const char *path) {
  sqlite3 *database = NULL;
  database_path = path;
  if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
    fail("cannot open the database %s: %s", path, sqlite3_errmsg(database));
  sqlite3_busy_timeout(database, 2000);
  return database;
}

static void run(sqlite3 *database, const char *sql) {
  if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
    fail("cannot use the database %s: %s", database_path, sqlite3_errmsg(database));
}

static sqlite3_stmt *prepare(sqlite3 *database, const char *sql) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL))
    fail("%s is not a database of orderd: %s", database_path, sqlite3_errmsg(database));
  return statement;
}

static int64_t number(sqlite3 *database, const char *sql) {
  sqlite3_stmt *statement = prepare(database, sql);
  if (sqlite3_step(statement) != SQLITE_ROW)
    fail("cannot read the database %s: %s", database_path, sqlite3_errmsg(database));
  int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

static void text(sqlite3 *database, const char *sql, char *to, size_t size) {
  sqlite3_stmt *statement = prepare(database, sql);
  if (sqlite3_step(statement) != SQLITE_ROW)
    fail("%s is not a whole database of orderd: \"%s\" finds nothing", database_path, sql);
  snprintf(to, size, "%s", (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
}

/* Held as long as SQLite has the file: closing a descriptor of it would drop SQLite's own locks. */
void store_own(const char *path, bool wait) {
  owned = open(path, O_RDWR | O_CLOEXEC);
  if (owned < 0)
    fail("cannot open the database %s: %s: make one with orderd --init", path, strerror(errno));
  if (flock(owned, wait ? LOCK_EX : LOCK_EX | LOCK_NB) == 0) return;
  if (errno == EWOULDBLOCK) fail("another orderd has the database %s: stop it first", path);
  fail("cannot own the database %s: %s in flock", path, strerror(errno));
}

/* Blocks that are there make the sync after a commit cheaper than blocks that must be added. The
 * frames that the log holds end where one does not follow from the one before, so zeros after them
 * mean nothing. */
static void lengthen_log(const char *path) {
  static const char zeros[65536];
  char *log;
  struct stat status;
  if (asprintf(&log, "%s-wal", path) < 0) fail("out of memory");
  int fd = open(log, O_WRONLY | O_CLOEXEC);
  if (fd >= 0 && fstat(fd, &status) == 0) {
    for (int64_t at = status.st_size; at < LOG_BYTES; at += sizeof zeros)
      if (write_whole(fd, zeros, sizeof zeros, at) < 0) break;
    fdatasync(fd);
  }
  if (fd >= 0) close(fd);
  free(log);
}

static void check_kind(sqlite3 *database) {
  if (number(database, "PRAGMA application_id") != APPLICATION_ID)
    fail("%s is not a database of orderd: its application_id differs", database_path);
  int64_t version = number(database, "PRAGMA user_version");
  if (version != SCHEMA_VERSION)
    fail("the database %s has schema version %lld, and this orderd reads version %d", database_path,
         (long long)version, SCHEMA_VERSION);
}

static void write_shard(sqlite3 *database, const struct shard_place *shard) {
  char sql[100];
  snprintf(sql, sizeof sql, "INSERT INTO meta VALUES('shard', '%u/%u')", shard->index,
           shard->count);
  run(database, sql);
}

/* What belongs to which shard depends on how many there are. */
static void check_shard(sqlite3 *database, const struct shard_place *expected) {
  char value[SHARD_TEXT_MAX];
  text(database, "SELECT value FROM meta WHERE name = 'shard'", value, sizeof value);
  if (!parse_shard_place(value, &place))
    fail("the database %s is damaged: its shard is \"%s\"", database_path, value);
  if (!expected || (expected->index == place.index && expected->count == place.count)) return;
  fail("the database %s is shard %u of %u, not shard %u of %u: start as many shards as it was made "
       "with, in the same order, or choose another path",
       database_path, place.index, place.count, expected->index, expected->count);
}

static void sync_path(const char *path, int flags) {
  int fd = open(path, flags | O_CLOEXEC);
  if (fd < 0 || fsync(fd) < 0) fail("cannot make %s durable: %s", path, strerror(errno));
  close(fd);
}

/* Made under another name and then linked: a crash leaves no half database under the real one. */
void store_make(const char *path, const struct shard_place *shard) {
  char *draft, *copy = strdup(path);
  if (!copy || asprintf(&draft, "%s.init-%d", path, getpid()) < 0) fail("out of memory");
  int fd = open(draft, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) fail("cannot make the database %s: %s", path, strerror(errno));
  close(fd);
  sqlite3 *database = open_database(draft);
  run(database, schema);
  write_shard(database, shard);
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

void store_check(const char *path, const struct shard_place *shard) {
  char verdict[200];
  store_own(path, false);
  sqlite3 *database = open_database(path);
  check_kind(database);
  check_shard(database, shard);
  text(database, "PRAGMA integrity_check(1)", verdict, sizeof verdict);
  if (strcmp(verdict, "ok")) fail("the database %s is damaged: %s", path, verdict);
  long long count = number(database, "SELECT count(*) FROM orders");
  long long last = number(database, "SELECT coalesce(max(id), 0) FROM orders");
  if (count != last)
    fail("the database %s is damaged: %lld orders, and the last is %lld", path, count, last);
  text(database, "SELECT value FROM meta WHERE name = 'id'", database_id, sizeof database_id);
  sqlite3_close(database);
  printf("ok orders=%lld id=%s shard=%u/%u\n", count, database_id, place.index, place.count);
}

void store_open(const char *path, const struct shard_place *shard) {
  writer = open_database(path);
  check_kind(writer);
  check_shard(writer, shard);
  run(writer,
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
      "PRAGMA wal_autocheckpoint = 1900; PRAGMA cache_size = -8000;");
  text(writer, "SELECT value FROM meta WHERE name = 'id'", database_id, sizeof database_id);
  begin = prepare(writer, "BEGIN IMMEDIATE");
  insert = prepare(writer, "INSERT INTO orders VALUES(?, ?, ?, ?, ?, ?)");
  commit = prepare(writer, "COMMIT");
  reader = open_database(path);
  read_orders = prepare(reader,
                        "SELECT id, side, symbol, quantity FROM orders WHERE id > ?1"
                        " ORDER BY id LIMIT ?2");
}

void store_load(const char *path) {
  last_id = (uint64_t)number(writer, "SELECT coalesce(max(id), 0) FROM orders");
  lengthen_log(path);
}

void store_close(void) {
  sqlite3_stmt *statements[] = {begin, insert, commit, read_orders};
  for (int i = 0; i < 4; i++) sqlite3_finalize(statements[i]);
  sqlite3_close(reader);
  sqlite3_close(writer);
  close(owned);
}

const char *store_database_id(void) {
  return database_id;
}
struct shard_place store_shard(void) {
  return place;
}
uint64_t store_last_id(void) {
  return last_id;
}

static void step(sqlite3_stmt *statement) {
  if (sqlite3_step(statement) != SQLITE_DONE)
    fail("cannot store orders in %s: %s; none of the unanswered ones is acknowledged",
         database_path, sqlite3_errmsg(writer));
  sqlite3_reset(statement);
}

static void insert_order(const struct stored_order *stored) {
  const struct order *order = &stored->order;
  sqlite3_bind_int64(insert, 1, (int64_t)stored->id);
  sqlite3_bind_int64(insert, 2, stored->time);
  sqlite3_bind_text(insert, 3, order->sell ? "SELL" : "BUY", order->sell ? 4 : 3, SQLITE_STATIC);
  sqlite3_bind_text(insert, 4, order->symbol, -1, SQLITE_STATIC);
  sqlite3_bind_int64(insert, 5, order->quantity);
  sqlite3_bind_int64(insert, 6, order->price);
  step(insert);
}

void store_write(const struct stored_order *orders, size_t count) {
  step(begin);
  for (size_t i = 0; i < count; i++) insert_order(&orders[i]);
  step(commit);
}

static void read_entry(struct ring_entry *entry) {
  const char *side = (const char *)sqlite3_column_text(read_orders, 1);
  const char *symbol = (const char *)sqlite3_column_text(read_orders, 2);
  int64_t quantity = sqlite3_column_int64(read_orders, 3);
  *entry = (struct ring_entry){.sequence = (uint64_t)sqlite3_column_int64(read_orders, 0),
                               .delta = side && side[0] == 'S' ? -quantity : quantity};
  size_t length = symbol ? strlen(symbol) : 0;
  if (length <= SYMBOL_MAX) memcpy(entry->symbol, symbol, length);
}

size_t store_read(uint64_t after, struct ring_entry *entries, size_t most) {
  size_t count = 0;
  sqlite3_bind_int64(read_orders, 1, (int64_t)after);
  sqlite3_bind_int64(read_orders, 2, (int64_t)most);
  while (count < most && sqlite3_step(read_orders) == SQLITE_ROW) read_entry(&entries[count++]);
  sqlite3_reset(read_orders);
  return count;
}
