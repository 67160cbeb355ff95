#define _GNU_SOURCE
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../native/daemon.h"
#include "../native/order.h"

#define STATE_MAGIC 0x31534f5057494142u /* "BAIWPOS1" */

struct header {
  uint64_t magic;
  uint64_t checksum; /* of everything after this word */
  uint64_t generation;
  uint64_t applied;
  uint64_t count;
  char database[40];
};
_Static_assert(sizeof(struct header) == 80, "header");
_Static_assert(sizeof(struct position) == 24, "position");

static const char *const names[2] = {"state.0", "state.1"};
static int files[2];
static uint64_t generation;

static uint64_t checksum(const struct header *copy) {
  size_t length = sizeof *copy + copy->count * sizeof(struct position);
  uint64_t sum = 0xcbf29ce484222325u;
  for (size_t at = offsetof(struct header, generation); at < length; at += 8) {
    uint64_t word;
    memcpy(&word, (const char *)copy + at, 8);
    sum = (sum ^ word) * 0x9e3779b97f4a7c15u;
    sum ^= sum >> 29;
  }
  return sum;
}

static void sync_directory(void) {
  int fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0 || fsync(fd) < 0) fail("cannot make the workdir durable: %s", strerror(errno));
  close(fd);
}

static void open_copies(void) {
  for (int i = 0; i < 2; i++) {
    files[i] = open(names[i], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (files[i] < 0)
      fail("cannot open %s in the workdir: %s: can this user write there?", names[i],
           strerror(errno));
  }
  sync_directory();
}

/* The file as it is, with at least a whole header; NULL when it is shorter. */
static struct header *read_file(int i, size_t *length) {
  struct stat status;
  if (fstat(files[i], &status) < 0) fail("cannot read %s: %s", names[i], strerror(errno));
  *length = (size_t)status.st_size;
  if (*length < sizeof(struct header)) return NULL;
  struct header *copy = must_alloc(*length);
  long n = read_whole(files[i], copy, *length, 0);
  if (n < 0) fail("cannot read %s: %s", names[i], strerror(errno));
  if ((size_t)n == *length) return copy;
  free(copy);
  return NULL;
}

static bool is_valid(const struct header *copy, size_t length) {
  size_t room = (length - sizeof *copy) / sizeof(struct position);
  return copy->magic == STATE_MAGIC && copy->count <= room && copy->checksum == checksum(copy) &&
         memchr(copy->database, 0, sizeof copy->database);
}

static struct header *read_copy(int i, bool *damaged) {
  size_t length;
  struct header *copy = read_file(i, &length);
  if (copy && is_valid(copy, length)) return copy;
  if (length) *damaged = true;
  free(copy);
  return NULL;
}

static void use(struct book *book, const struct header *copy) {
  const struct position *positions = (const struct position *)(copy + 1);
  generation = copy->generation;
  book->applied = copy->applied;
  memcpy(book->database, copy->database, sizeof book->database);
  for (uint64_t i = 0; i < copy->count; i++)
    if (!symbol_is_valid(positions[i].symbol) ||
        !book_add(book, positions[i].symbol, positions[i].quantity))
      fail(
          "the positions on disk make no sense: remove state.0 and state.1 from the workdir, and "
          "they are made again from orderd's database");
}

void state_load(struct book *book) {
  bool damaged = false;
  open_copies();
  struct header *a = read_copy(0, &damaged), *b = read_copy(1, &damaged);
  const struct header *newest = !b || (a && a->generation > b->generation) ? a : b;
  if (newest)
    use(book, newest);
  else if (damaged)
    log_line("no copy of the positions is whole: starting from nothing, orderd feeds all again");
  free(a);
  free(b);
}

bool state_save(const struct book *book) {
  size_t length = sizeof(struct header) + book->count * sizeof(struct position);
  struct header *copy = calloc(1, length);
  if (!copy) {
    log_line("cannot save the positions: out of memory");
    return false;
  }
  copy->magic = STATE_MAGIC;
  copy->generation = generation + 1;
  copy->applied = book->applied;
  memcpy(copy->database, book->database, sizeof copy->database);
  struct position *to = (struct position *)(copy + 1);
  for (size_t i = 0; i < book->capacity; i++)
    if (book->slots[i].symbol[0]) to[copy->count++] = book->slots[i];
  copy->checksum = checksum(copy);
  int i = (int)(copy->generation % 2);
  bool saved = write_whole(files[i], copy, length, 0) == 0 && fdatasync(files[i]) == 0;
  if (!saved)
    log_line("cannot save the positions to %s: %s", names[i], strerror(errno));
  else
    generation++;
  free(copy);
  return saved;
}
