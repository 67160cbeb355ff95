#include "build_id.h"

#include "../common/sys.h"
#include <linux/elf.h>

#define NT_GNU_BUILD_ID 3

/* From the linker: the start of the executable in memory, which begins with its headers. */
extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

static const uint8_t *at(uint64_t offset) {
  return (const uint8_t *)&__ehdr_start + offset;
}

static uint64_t aligned(uint64_t length) {
  return (length + 3) & ~3ull;
}

static bool take(const uint8_t *note, const uint8_t *end, uint8_t *id) {
  while (note + sizeof(Elf64_Nhdr) <= end) {
    const Elf64_Nhdr *header = (const Elf64_Nhdr *)(const void *)note;
    const uint8_t *name = note + sizeof *header, *bytes = name + aligned(header->n_namesz);
    if (header->n_type == NT_GNU_BUILD_ID && header->n_descsz == BUILD_ID_LENGTH &&
        header->n_namesz == sizeof "GNU" && !memcmp(name, "GNU", sizeof "GNU")) {
      memcpy(id, bytes, BUILD_ID_LENGTH);
      return true;
    }
    note = bytes + aligned(header->n_descsz);
  }
  return false;
}

/* The notes are in the first segment, where offsets of the file are offsets in memory. */
void build_id(uint8_t id[BUILD_ID_LENGTH]) {
  const Elf64_Phdr *headers = (const Elf64_Phdr *)(const void *)at(__ehdr_start.e_phoff);
  memset(id, 0, BUILD_ID_LENGTH);
  for (int i = 0; i < __ehdr_start.e_phnum; i++) {
    const Elf64_Phdr *header = &headers[i];
    if (header->p_type != PT_NOTE) continue;
    if (take(at(header->p_offset), at(header->p_offset + header->p_filesz), id)) return;
  }
}
