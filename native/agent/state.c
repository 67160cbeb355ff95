#include "state.h"

#include <linux/memfd.h>
#include <linux/stat.h>

#define MAGIC 0x5453574bu /* "KWST" */
#define FORMAT 1u
#define LARGEST (256u << 20)

struct head {
  uint32_t magic, format;
  uint64_t length; /* of all records */
  uint64_t count;
  uint64_t sum;
};

struct record_head {
  uint32_t tag, length;
};

struct fd_record {
  int32_t number;
  uint32_t type; /* S_IFMT */
  uint64_t device, inode;
};

/* FNV-1a */
#define SUM_START 0xcbf29ce484222325ull
static uint64_t add_to_sum(uint64_t sum, const uint8_t *bytes, uint64_t length) {
  for (uint64_t i = 0; i < length; i++) sum = (sum ^ bytes[i]) * 0x100000001b3ull;
  return sum;
}

static bool look_at(int fd, struct fd_record *record) {
  struct statx status;
  if (sys_5(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO, &status) < 0) return false;
  *record = (struct fd_record){fd, status.stx_mode & 0170000u,
                               (uint64_t)status.stx_dev_major << 32 | status.stx_dev_minor,
                               status.stx_ino};
  return true;
}

static void set_close_on_exec(int fd, bool closed) {
  sys_3(__NR_fcntl, fd, F_SETFD, closed ? FD_CLOEXEC : 0);
}

/* ---- writing ---- */

static struct head head;
static uint64_t end;
static int file = -1;
static bool whole;

static void write_all(const void *bytes, uint64_t length, uint64_t at) {
  const uint8_t *next = bytes;
  while (length && whole) {
    long put = sys_4(__NR_pwrite64, file, next, length, at);
    if (put == -EINTR) continue;
    whole = put > 0;
    if (!whole) return;
    next += put;
    at += (uint64_t)put;
    length -= (uint64_t)put;
  }
}

static void append(const void *bytes, uint32_t length) {
  write_all(bytes, length, end);
  head.sum = add_to_sum(head.sum, bytes, length);
  end += length;
}

int state_begin(void) {
  file = (int)sys_2(__NR_memfd_create, "bailiwick-state", MFD_CLOEXEC);
  head = (struct head){.magic = MAGIC, .format = FORMAT, .sum = SUM_START};
  end = sizeof head;
  whole = file >= 0;
  return file;
}

static uint32_t padding(uint32_t length) {
  return -length & 7;
}

void state_put(uint32_t tag, const void *bytes, uint32_t length) {
  static const uint8_t zeros[8];
  struct record_head record = {tag, length};
  append(&record, sizeof record);
  append(bytes, length);
  append(zeros, padding(length));
  head.count++;
}

void state_put_fd(int fd) {
  struct fd_record record;
  if (fd < 0) return;
  if (!look_at(fd, &record)) whole = false;
  state_put(STATE_FD, &record, sizeof record);
}

bool state_end(void) {
  head.length = end - sizeof head;
  write_all(&head, sizeof head, 0);
  return whole;
}

/* ---- reading ---- */

static int read_from = -1;
static uint64_t sum_of_all;
static const uint8_t *records;
static uint64_t length_of_all, next_at;

static bool has_next(uint64_t at) {
  const struct record_head *record = (const void *)(records + at);
  uint64_t left = length_of_all - at;
  return left >= sizeof *record && record->length <= left - sizeof *record &&
         padding(record->length) <= left - sizeof *record - record->length;
}

bool state_next(struct state_record *record) {
  if (next_at == length_of_all) return false;
  const struct record_head *found = (const void *)(records + next_at);
  *record = (struct state_record){found->tag, found->length, (const uint8_t *)(found + 1)};
  next_at += sizeof *found + found->length + padding(found->length);
  return true;
}

static bool is_sound(uint64_t count) {
  uint64_t found = 0;
  struct state_record unused;
  for (next_at = 0; next_at < length_of_all; found++)
    if (!has_next(next_at) || !state_next(&unused)) return false;
  next_at = 0;
  return found == count;
}

const char *state_open(int fd) {
  struct statx status;
  if (sys_5(__NR_statx, fd, "", AT_EMPTY_PATH, STATX_SIZE, &status) < 0)
    return "there is no file of its state";
  uint64_t size = status.stx_size;
  if (size < sizeof head || size > LARGEST) return "its state is of no size that one can have";
  long address = sys6(__NR_mmap, 0, (long)size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (sys_failed(address)) return "its state cannot be mapped";
  const struct head *found = (const void *)address;
  read_from = fd;
  records = (const uint8_t *)(found + 1);
  length_of_all = size - sizeof *found;
  if (found->magic != MAGIC || found->format != FORMAT)
    return "its state is of a format that this agent does not know";
  if (found->length != length_of_all ||
      add_to_sum(SUM_START, records, length_of_all) != found->sum || !is_sound(found->count))
    return "its state is damaged";
  sum_of_all = found->sum;
  return NULL;
}

uint64_t state_sum(void) {
  return sum_of_all;
}

void state_take(const struct state_record *record, void *at, uint32_t length) {
  uint32_t known = record->length < length ? record->length : length;
  memset(at, 0, length);
  memcpy(at, record->bytes, known);
}

/* Calls `each` for all descriptors, until that is false. */
static bool each_fd(bool (*each)(const struct fd_record *)) {
  struct state_record record;
  struct fd_record fd;
  bool all = true;
  for (next_at = 0; all && state_next(&record);) {
    if (record.tag != STATE_FD) continue;
    state_take(&record, &fd, sizeof fd);
    all = each(&fd);
  }
  next_at = 0;
  return all;
}

static bool is_as_it_was(const struct fd_record *record) {
  struct fd_record now;
  return look_at(record->number, &now) && !memcmp(&now, record, sizeof now);
}

const char *state_check_fds(void) {
  return each_fd(is_as_it_was) ? NULL : "a descriptor is not the file any more that it was";
}

static bool close_it(const struct fd_record *record) {
  set_close_on_exec(record->number, true);
  return true;
}

static bool leave_it_open(const struct fd_record *record) {
  set_close_on_exec(record->number, false);
  return true;
}

void state_close_on_exec(bool closed) {
  set_close_on_exec(read_from, closed);
  each_fd(closed ? close_it : leave_it_open);
}

void state_close(void) {
  if (records) sys_2(__NR_munmap, records - sizeof head, length_of_all + sizeof head);
  records = NULL;
  sys_close(read_from);
}
