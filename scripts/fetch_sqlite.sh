#!/bin/sh
# Puts sqlite3.c and sqlite3.h into dist/sqlite/: the amalgamation that the npm package
# better-sqlite3 carries. The version is pinned, and the package's sha512 is checked before any of
# it is used. 12.11.1 carries SQLite 3.53.2; anything before 3.51.3 can corrupt a WAL database when
# a checkpoint races with a reset.
set -eu

package=better-sqlite3@12.11.1
tarball=better-sqlite3-12.11.1.tgz
sha512=76af40b40a608393c616d0733c54819771d94231e893981a40233ace1d989346929830acd426e7548f3f1e001242434ab16169b1e20ef5b7a0e71c696216c87c

root=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$root/dist"
work=$(mktemp -d "$root/dist/sqlite.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

cd "$work"
if ! npm pack --silent "$package" > npm.log 2>&1; then
  cat npm.log >&2
  echo "fetch_sqlite: cannot fetch $package: is npm installed and its registry reachable?" >&2
  exit 1
fi
if ! echo "$sha512  $tarball" | sha512sum --check --status; then
  echo "fetch_sqlite: $tarball is not the pinned package: its sha512 differs" >&2
  exit 1
fi
tar -xzf "$tarball" package/deps/sqlite3/sqlite3.c package/deps/sqlite3/sqlite3.h
mkdir -p "$root/dist/sqlite"
touch package/deps/sqlite3/sqlite3.?
mv package/deps/sqlite3/sqlite3.h "$root/dist/sqlite/sqlite3.h"
mv package/deps/sqlite3/sqlite3.c "$root/dist/sqlite/sqlite3.c"
