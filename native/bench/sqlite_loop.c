/* What orderd is measured against: one SQLite transaction (WAL, synchronous=FULL) per order, in a
 * loop, with prepared statements and nothing else.
 *
 *   sqlite_loop PATH SECONDS
 *
 * Makes PATH (which must not exist), and prints {"orders", "seconds", "per_second"}.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sqlite3.h"

static sqlite3 *database;

static void check(int result, int expected) {
  if (result == expected) return;
  fprintf(stderr, "sqlite_loop: %s\n", sqlite3_errmsg(database));
  exit(1);
}

static sqlite3_stmt *prepare(const char *sql) {
  sqlite3_stmt *statement;
  check(sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL),
        SQLITE_OK);
  return statement;
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void insert_one(sqlite3_stmt *insert, sqlite3_int64 id) {
  sqlite3_bind_int64(insert, 1, id);
  sqlite3_bind_int64(insert, 2, 1700000000000000 + id);
  sqlite3_bind_text(insert, 3, "BUY", 3, SQLITE_STATIC);
  sqlite3_bind_text(insert, 4, "ACME", 4, SQLITE_STATIC);
  sqlite3_bind_int64(insert, 5, 100);
  sqlite3_bind_int64(insert, 6, 105000);
  check(sqlite3_step(insert), SQLITE_DONE);
  sqlite3_reset(insert);
}

int main(int argc, char **argv) {
  double limit = argc == 3 ? strtod(argv[2], NULL) : 0;
  if (limit <= 0) {
    fprintf(stderr, "usage: sqlite_loop PATH SECONDS\n");
    return 2;
  }
  check(sqlite3_open(argv[1], &database), SQLITE_OK);
  check(sqlite3_exec(database,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "CREATE TABLE orders(id INTEGER PRIMARY KEY, time INTEGER, side TEXT,"
                     "  symbol TEXT, quantity INTEGER, price INTEGER) STRICT;",
                     NULL, NULL, NULL),
        SQLITE_OK);
  sqlite3_stmt *insert = prepare("INSERT INTO orders VALUES(?, ?, ?, ?, ?, ?)");
  double start = seconds_now(), elapsed = 0;
  long orders = 0;
  for (; elapsed < limit; elapsed = seconds_now() - start) insert_one(insert, ++orders);
  printf("{\"orders\": %ld, \"seconds\": %.3f, \"per_second\": %.1f}\n", orders, elapsed,
         (double)orders / elapsed);
  sqlite3_finalize(insert);
  sqlite3_close(database);
  return 0;
}
