#ifndef ORDERD_SCHEMA_H
#define ORDERD_SCHEMA_H

enum { APPLICATION_ID = 0x42574f44, SCHEMA_VERSION = 3 }; /* "BWOD" */

static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "BEGIN;"
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "INSERT INTO meta VALUES('id', lower(hex(randomblob(16))));"
    "CREATE TABLE orders("
    "  id INTEGER PRIMARY KEY,"
    "  time INTEGER NOT NULL,"
    "  side TEXT NOT NULL,"
    "  symbol TEXT NOT NULL,"
    "  quantity INTEGER NOT NULL,"
    "  price INTEGER NOT NULL"
    ") STRICT;"
    "CREATE TABLE symbols(symbol TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER orders_are_kept BEFORE DELETE ON orders"
    "  BEGIN SELECT RAISE(ABORT, 'orders are never deleted'); END;"
    "CREATE TRIGGER orders_stay BEFORE UPDATE ON orders"
    "  BEGIN SELECT RAISE(ABORT, 'orders are never changed'); END;"
    "CREATE VIEW positions AS"
    "  SELECT symbol, sum(iif(side = 'BUY', quantity, -quantity)) AS quantity"
    "  FROM orders GROUP BY symbol;"
    "PRAGMA application_id = 0x42574f44;"
    "PRAGMA user_version = 3;"
    "COMMIT;";

#endif
