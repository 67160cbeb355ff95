#define _GNU_SOURCE
#include "store.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../native/daemon.h"
#include "database.h"
#include "sql.h"

enum { LOG_BYTES = 8 << 20 }; /* 2,000 pages, a little more than wal_autocheckpoint */

static sqlite3 *writer, *reader;
static sqlite3_stmt *begin, *insert, *insert_symbol, *commit, *read_orders;
static char database_id[DATABASE_ID_LENGTH + 1];
static uint64_t last_id;

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

void store_open(const char *path, const struct shard_place *place) {
  writer = database_open(path, place);
  sql_run(writer,
          "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
          "PRAGMA wal_autocheckpoint = 1900; PRAGMA cache_size = -8000;");
  sql_text(writer, "SELECT value FROM meta WHERE name = 'id'", database_id, sizeof database_id);
  begin = sql_prepare(writer, "BEGIN IMMEDIATE");
  insert = sql_prepare(writer, "INSERT INTO orders VALUES(?, ?, ?, ?, ?, ?)");
  insert_symbol = sql_prepare(writer, "INSERT INTO symbols VALUES(?)");
  commit = sql_prepare(writer, "COMMIT");
  reader = sql_open(path);
  read_orders = sql_prepare(reader,
                            "SELECT id, side, symbol, quantity FROM orders WHERE id > ?1"
                            " ORDER BY id LIMIT ?2");
}

void store_load(const char *path) {
  last_id = (uint64_t)sql_number(writer, "SELECT coalesce(max(id), 0) FROM orders");
  lengthen_log(path);
}

void store_close(void) {
  sqlite3_stmt *statements[] = {begin, insert, insert_symbol, commit, read_orders};
  for (int i = 0; i < 5; i++) sqlite3_finalize(statements[i]);
  sqlite3_close(reader);
  sqlite3_close(writer);
  database_let_go();
}

const char *store_database_id(void) {
  return database_id;
}
uint64_t store_last_id(void) {
  return last_id;
}

static void copy_symbol(char to[16], sqlite3_stmt *statement, int column) {
  const char *symbol = (const char *)sqlite3_column_text(statement, column);
  size_t length = symbol ? strlen(symbol) : 0;
  memset(to, 0, 16);
  if (length <= SYMBOL_MAX) memcpy(to, symbol, length);
}

void store_symbols(void (*each)(const char symbol[16])) {
  sqlite3_stmt *statement = sql_prepare(writer, "SELECT symbol FROM symbols");
  char symbol[16];
  int result;
  while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
    copy_symbol(symbol, statement, 0);
    each(symbol);
  }
  if (result != SQLITE_DONE)
    fail("cannot read the symbols in %s: %s", sqlite3_db_filename(writer, "main"),
         sqlite3_errmsg(writer));
  sqlite3_finalize(statement);
}

static void step(sqlite3_stmt *statement) {
  if (sqlite3_step(statement) != SQLITE_DONE)
    fail("cannot store orders in %s: %s; none of the unanswered ones is acknowledged",
         sqlite3_db_filename(writer, "main"), sqlite3_errmsg(writer));
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
  if (!stored->first) return;
  sqlite3_bind_text(insert_symbol, 1, order->symbol, -1, SQLITE_STATIC);
  step(insert_symbol);
}

void store_write(const struct stored_order *orders, size_t count) {
  step(begin);
  for (size_t i = 0; i < count; i++) insert_order(&orders[i]);
  step(commit);
}

static void read_entry(struct ring_entry *entry) {
  const char *side = (const char *)sqlite3_column_text(read_orders, 1);
  int64_t quantity = sqlite3_column_int64(read_orders, 3);
  *entry = (struct ring_entry){.sequence = (uint64_t)sqlite3_column_int64(read_orders, 0),
                               .delta = side && side[0] == 'S' ? -quantity : quantity};
  copy_symbol(entry->symbol, read_orders, 2);
}

size_t store_read(uint64_t after, struct ring_entry *entries, size_t most) {
  size_t count = 0;
  sqlite3_bind_int64(read_orders, 1, (int64_t)after);
  sqlite3_bind_int64(read_orders, 2, (int64_t)most);
  while (count < most && sqlite3_step(read_orders) == SQLITE_ROW) read_entry(&entries[count++]);
  sqlite3_reset(read_orders);
  return count;
}
