#include "memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "say.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x10u /* since Linux 6.3; older kernels refuse it and need no asking */
#endif
#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int make(const char *name, unsigned flags) {
  int fd = memfd_create(name, flags | MFD_ALLOW_SEALING | MFD_EXEC);
  return fd >= 0 || errno != EINVAL ? fd : memfd_create(name, flags | MFD_ALLOW_SEALING);
}

static int load(const struct pack *pack, const struct entry *entry, unsigned flags) {
  const uint8_t *data = pack_read(pack, entry);
  if (!data) die("This executable is damaged (%s): copy it again", entry->name);
  int fd = make(entry->name, flags);
  for (uint64_t done = 0; fd >= 0 && done < entry->size;) {
    ssize_t n = write(fd, data + done, entry->size - done);
    if (n > 0) done += (uint64_t)n;
    if (n < 0 && errno != EINTR) break;
  }
  if (fd < 0 || fcntl(fd, F_ADD_SEALS, SEALS) < 0 ||
      (uint64_t)lseek(fd, 0, SEEK_END) != entry->size)
    die("Cannot keep %s in memory: %s", entry->name, strerror(errno));
  if (entry->flags & ENTRY_DEFLATED) munmap((void *)(uintptr_t)data, entry->size);
  lseek(fd, 0, SEEK_SET);
  return fd;
}

int memory_open(const struct pack *pack, int *program) {
  static char names[PACK_MAX_ENTRIES * (PACK_NAME_SIZE + 16)];
  size_t length = 0;
  int runtime = -1;
  for (unsigned i = 0; i < pack->count; i++) {
    const struct entry *entry = &pack->entries[i];
    bool is_runtime = entry == pack->runtime;
    int fd = load(pack, entry, is_runtime ? MFD_CLOEXEC : 0);
    if (is_runtime) {
      runtime = fd;
      continue;
    }
    if (!strcmp(entry->name, PACK_PROGRAM)) *program = fd;
    length += (size_t)snprintf(names + length, sizeof names - length, "%s%s=%d", length ? " " : "",
                               entry->name, fd);
  }
  setenv("BAILIWICK_MEMORY", names, 1);
  return runtime;
}
