#include "pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "inflate.h"
#include "say.h"

#define SELF "/proc/self/exe"
#define NOT_WHOLE "This executable is not whole (%s): copy it again"

static const char name_characters[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._/-";

static uint64_t map_self(struct pack *pack) {
  struct stat st;
  int fd = open(SELF, O_RDONLY | O_CLOEXEC);
  if (fd < 0 || fstat(fd, &st) < 0)
    die("Cannot read " SELF ": %s; is /proc mounted?", strerror(errno));
  uint64_t size = (uint64_t)st.st_size;
  void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (map == MAP_FAILED) die("Cannot map " SELF ": %s", strerror(errno));
  close(fd);
  pack->map = map;
  return size;
}

static bool safe_name(const char *name) {
  if (!memchr(name, 0, PACK_NAME_SIZE) || !name[0] || name[0] == '/') return false;
  return !name[strspn(name, name_characters)] && !strstr(name, "..") && !strstr(name, "//");
}

static bool sound(const struct entry *entry, uint64_t size) {
  if (entry->offset > size || entry->stored > size - entry->offset) return false;
  if (!(entry->flags & ENTRY_DEFLATED) && entry->stored != entry->size) return false;
  return entry->size > 0 && safe_name(entry->name);
}

void pack_open(struct pack *pack) {
  struct footer footer;
  uint64_t size = map_self(pack);
  if (size < sizeof footer) die(NOT_WHOLE, "too short");
  memcpy(&footer, pack->map + size - sizeof footer, sizeof footer);
  if (memcmp(footer.magic, PACK_MAGIC, sizeof footer.magic)) die(NOT_WHOLE, "its end is missing");
  uint64_t index_size = (uint64_t)footer.count * sizeof(struct entry);
  if (footer.size != size || footer.count > PACK_MAX_ENTRIES ||
      footer.index_offset > size - sizeof footer ||
      size - sizeof footer - footer.index_offset != index_size || footer.index_offset % 8)
    die(NOT_WHOLE, "its length is wrong");
  pack->entries = (const struct entry *)(pack->map + footer.index_offset);
  pack->count = footer.count;
  sha256_of(pack->entries, index_size, pack->id);
  if (memcmp(pack->id, footer.index_sha256, sizeof pack->id))
    die(NOT_WHOLE, "its index is damaged");
  bool has_program = false;
  for (unsigned i = 0; i < pack->count; i++) {
    const struct entry *entry = &pack->entries[i];
    if (!sound(entry, footer.index_offset)) die(NOT_WHOLE, "its index is wrong");
    if (entry->flags & ENTRY_RUNTIME) pack->runtime = entry;
    if (!strcmp(entry->name, PACK_PROGRAM)) has_program = true;
  }
  if (!pack->runtime || !has_program) die(NOT_WHOLE, "it holds no program");
}

const uint8_t *pack_read(const struct pack *pack, const struct entry *entry) {
  uint8_t digest[SHA256_SIZE];
  const uint8_t *data = pack->map + entry->offset;
  if (entry->flags & ENTRY_DEFLATED) {
    uint8_t *out =
        mmap(NULL, entry->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (out == MAP_FAILED) die("Cannot unpack %s: %s", entry->name, strerror(errno));
    if (!inflate(data, entry->stored, out, entry->size)) return NULL;
    data = out;
  }
  sha256_of(data, entry->size, digest);
  return memcmp(digest, entry->sha256, sizeof digest) ? NULL : data;
}

const char *pack_title(const struct pack *pack) {
  const char *slash = strrchr(pack->runtime->name, '/');
  return slash ? slash + 1 : pack->runtime->name;
}

uint64_t pack_unpacked_size(const struct pack *pack) {
  uint64_t size = 0;
  for (unsigned i = 0; i < pack->count; i++) size += pack->entries[i].size;
  return size;
}
