#include "sql.h"

#include <stdio.h>

#include "../native/daemon.h"

static const char *path_of(sqlite3 *database) {
  return sqlite3_db_filename(database, "main");
}

sqlite3 *sql_open(const char *path) {
  sqlite3 *database = NULL;
  if (sqlite3_open_v2(path, &database, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
    fail("cannot open the database %s: %s", path, sqlite3_errmsg(database));
  sqlite3_busy_timeout(database, 2000);
  return database;
}

void sql_run(sqlite3 *database, const char *sql) {
  if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
    fail("cannot use the database %s: %s", path_of(database), sqlite3_errmsg(database));
}

sqlite3_stmt *sql_prepare(sqlite3 *database, const char *sql) {
  sqlite3_stmt *statement;
  if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL))
    fail("%s is not a database of orderd: %s", path_of(database), sqlite3_errmsg(database));
  return statement;
}

int64_t sql_number(sqlite3 *database, const char *sql) {
  sqlite3_stmt *statement = sql_prepare(database, sql);
  if (sqlite3_step(statement) != SQLITE_ROW)
    fail("cannot read the database %s: %s", path_of(database), sqlite3_errmsg(database));
  int64_t value = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  return value;
}

void sql_text(sqlite3 *database, const char *sql, char *to, size_t size) {
  sqlite3_stmt *statement = sql_prepare(database, sql);
  if (sqlite3_step(statement) != SQLITE_ROW)
    fail("%s is not a whole database of orderd: \"%s\" finds nothing", path_of(database), sql);
  snprintf(to, size, "%s", (const char *)sqlite3_column_text(statement, 0));
  sqlite3_finalize(statement);
}
