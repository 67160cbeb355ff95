#include "image.h"

#include <linux/elf-em.h>
#include <linux/elf.h>
#include <linux/stat.h>

#ifdef __x86_64__
#define MACHINE EM_X86_64
#else
#define MACHINE EM_AARCH64
#endif

static int image = -1;

bool image_offer(int fd) {
  if (image >= 0) return false;
  image = fd;
  return true;
}

bool image_is_offered(void) {
  return image >= 0;
}

int image_fd(void) {
  return image;
}

void image_drop(void) {
  sys_close(image);
  image = -1;
}

static bool read_at(void *at, uint64_t length, uint64_t offset) {
  return sys_4(__NR_pread64, image, at, length, offset) == (long)length;
}

static uint64_t size(void) {
  struct statx status;
  if (sys_5(__NR_statx, image, "", AT_EMPTY_PATH, STATX_SIZE, &status) < 0) return 0;
  return status.stx_size;
}

bool image_is_whole(void) {
  Elf64_Ehdr elf;
  Elf64_Phdr part;
  uint64_t end = size();
  if (!read_at(&elf, sizeof elf, 0) || memcmp(elf.e_ident, ELFMAG, SELFMAG) ||
      elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_machine != MACHINE || !elf.e_phnum)
    return false;
  for (uint64_t i = 0; i < elf.e_phnum; i++) {
    if (!read_at(&part, sizeof part, elf.e_phoff + i * sizeof part)) return false;
    if (part.p_type != PT_LOAD) continue;
    if (part.p_offset > end || part.p_filesz > end - part.p_offset) return false;
  }
  return true;
}
