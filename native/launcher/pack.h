/* The executable as it is on disk, written by lib/compile/pack.ts:
 *
 *   the launcher's ELF file | the packed files | the index | the footer
 *
 * The index is an array of struct entry. The footer is the file's last bytes; it holds the index's
 * hash, and the index each file's hash, so that hash stands for everything that is unpacked. */
#ifndef BAILIWICK_PACK_H
#define BAILIWICK_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "sha256.h"

#define PACK_MAGIC "BWPACK1"
#define PACK_MAX_ENTRIES 256
#define PACK_NAME_SIZE 64

/* What deno runs. Beside it every pack has one entry that is deno itself. */
#define PACK_PROGRAM "program.js"

enum entry_flags {
  ENTRY_DEFLATED = 1,
  ENTRY_EXECUTABLE = 2,
  ENTRY_HASH_ALWAYS = 4, /* hashed again at each start, not only compared with the record */
  ENTRY_RUNTIME = 8,     /* deno; `ps` shows the base name of what was executed */
};

struct entry {
  uint64_t offset; /* from the start of the executable */
  uint64_t stored; /* bytes there */
  uint64_t size;   /* bytes when unpacked */
  uint8_t sha256[SHA256_SIZE];
  uint32_t flags; /* enum entry_flags */
  uint32_t zero;
  char name[PACK_NAME_SIZE]; /* relative, of [A-Za-z0-9._/-], zero-filled */
};
_Static_assert(sizeof(struct entry) == 128, "entry");

struct footer {
  char magic[8];
  uint32_t count;
  uint32_t zero;
  uint64_t index_offset;
  uint64_t size; /* of the whole executable, this footer included */
  uint8_t index_sha256[SHA256_SIZE];
};
_Static_assert(sizeof(struct footer) == 64, "footer");

struct pack {
  const uint8_t *map; /* the whole executable */
  const struct entry *entries;
  unsigned count;
  const struct entry *runtime;
  uint8_t id[SHA256_SIZE]; /* the index's hash */
};

/* Opens the running executable; ends the process when it is not a whole pack. */
void pack_open(struct pack *pack);

/* The entry's bytes, checked against its hash, or NULL. They stay mapped until the process ends. */
const uint8_t *pack_read(const struct pack *pack, const struct entry *entry);

/* What `ps` shows: the base name of the runtime's entry. */
const char *pack_title(const struct pack *pack);
uint64_t pack_unpacked_size(const struct pack *pack);

#endif
