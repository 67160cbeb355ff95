#include "directory.h"

long directory_open(int directory, const char *path) {
  return sys_3(__NR_openat, directory, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

void listing_start(struct listing *listing, int directory) {
  sys_3(__NR_lseek, directory, 0, 0);
  listing->directory = directory;
  listing->at = listing->length = 0;
}

static bool is_dots(const char *name) {
  return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static bool fill(struct listing *listing) {
  listing->at = 0;
  listing->length =
      sys_3(__NR_getdents64, listing->directory, listing->buffer, sizeof listing->buffer);
  return listing->length > 0;
}

const struct entry *listing_next(struct listing *listing) {
  while (listing->at < listing->length || fill(listing)) {
    const struct entry *entry =
        (const struct entry *)(const void *)((const uint8_t *)listing->buffer + listing->at);
    listing->at += entry->length;
    if (!is_dots(entry->name)) return entry;
  }
  return NULL;
}
