/* SQLite as orderd uses it: each failure ends the process, and says what of which database. */
#ifndef ORDERD_SQL_H
#define ORDERD_SQL_H

#include <stddef.h>
#include <stdint.h>

#include "sqlite3.h"

sqlite3 *sql_open(const char *path);
void sql_run(sqlite3 *database, const char *sql);
sqlite3_stmt *sql_prepare(sqlite3 *database, const char *sql);

/* What is in the first column of the first row, which must be there. */
int64_t sql_number(sqlite3 *database, const char *sql);
void sql_text(sqlite3 *database, const char *sql, char *to, size_t size);

#endif
