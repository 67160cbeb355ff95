/* Names and notes are in a mapping of their own, of which only what is written takes memory. A
 * descriptor keeps its place, so that one can be released while they are told. */
#include "held.h"

#include "clock.h"
#include "orders.h"
#include "output.h"
#include "state.h"

#define HELD_MOST 4096
#define STRIDE 8192u

struct held {
  int fd; /* of a place that is in use */
  uint32_t name_length; /* 0: the place is free */
  uint32_t note_length;
  uint64_t since;
};
_Static_assert(WIRE_MAX_NAME + WIRE_MAX_NOTE <= STRIDE, "text");

static struct held held[HELD_MOST];
static uint32_t used; /* places below this one have been used */
static uint8_t *texts;

static uint8_t *text_of(uint32_t place) {
  return texts + (uint64_t)place * STRIDE;
}

static bool have_texts(void) {
  if (texts) return true;
  long address = sys6(__NR_mmap, 0, (long)HELD_MOST * STRIDE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (!sys_failed(address)) texts = (uint8_t *)address;
  return texts;
}

/* HELD_MOST when there is none. */
static uint32_t find(const uint8_t *name, uint32_t length) {
  for (uint32_t place = 0; place < used; place++)
    if (held[place].name_length == length && memcmp(text_of(place), name, length) == 0)
      return place;
  return HELD_MOST;
}

static uint32_t free_place(void) {
  uint32_t place = 0;
  while (place < used && held[place].name_length) place++;
  if (place == used && used < HELD_MOST) used++;
  return place;
}

static int64_t hold(const struct question *question, int fd) {
  if (fd < 0) return -EMFILE;
  if (find(question->text, question->name_length) != HELD_MOST) return -EEXIST;
  uint32_t place = have_texts() ? free_place() : HELD_MOST;
  if (place == HELD_MOST) return -ENOMEM;
  held[place] = (struct held){fd, question->name_length, question->note_length, clock_boot()};
  memcpy(text_of(place), question->text, question->name_length + question->note_length);
  return 0;
}

static bool is_sound(const struct question *question, long length) {
  const long head = offsetof(struct question, text);
  return length >= head && question->name_length && question->name_length <= WIRE_MAX_NAME &&
         question->note_length <= WIRE_MAX_NOTE &&
         length == head + (long)question->name_length + (long)question->note_length;
}

static int64_t take_question(const struct question *question, int came, int *goes) {
  if (question->nr == PSEUDO_HOLD) return hold(question, came);
  uint32_t place = find(question->text, question->name_length);
  if (place == HELD_MOST) return -ENOENT;
  *goes = held[place].fd;
  return 0;
}

void held_answer(int socket) {
  static struct question question;
  int came, goes = -1;
  if (socket < 0) return;
  long length = sys_receive(socket, &question, sizeof question, &came, SYS_MSG_DONTWAIT);
  int64_t result = is_sound(&question, length) ? take_question(&question, came, &goes) : -EINVAL;
  bool keeps = question.nr == PSEUDO_HOLD && result == 0;
  if (came >= 0 && !keeps) sys_close(came);
  sys_send(socket, &result, sizeof result, goes, SYS_MSG_DONTWAIT);
  sys_close(socket);
}

int64_t held_release(const uint8_t *name, uint32_t length) {
  uint32_t place = find(name, length);
  if (place == HELD_MOST) return -ENOENT;
  sys_close(held[place].fd);
  sys_3(__NR_madvise, text_of(place), STRIDE, MADV_DONTNEED);
  held[place].name_length = 0;
  return 0;
}

bool held_stand(void) {
  uint32_t place = 0;
  while (place < used && !held[place].name_length) place++;
  return place < used;
}

bool held_stands(uint32_t *next, uint32_t seq) {
  while (*next < used && !held[*next].name_length) ++*next;
  if (*next == used) return false;
  const struct held *at = &held[*next];
  const uint8_t *text = text_of((*next)++);
  struct stands stands = {.started = at->since, .state = STANDS_HELD};
  uint32_t length = (uint32_t)sizeof stands + at->name_length + 1 + at->note_length;
  uint8_t *body = output_begin(length), *name = body + sizeof stands;
  memcpy(body, &stands, sizeof stands);
  memcpy(name, text, at->name_length);
  name[at->name_length] = 0;
  memcpy(name + at->name_length + 1, text + at->name_length, at->note_length);
  output_end(FRAME_STANDS, 0, seq, length);
  return true;
}

/* ---- going on as another image ---- */

struct held_record {
  int32_t fd;
  uint32_t unused;
  uint64_t since;
};

void held_save(void) {
  for (uint32_t place = 0; place < used; place++) {
    const struct held *at = &held[place];
    if (!at->name_length) continue;
    struct held_record record = {.fd = at->fd, .since = at->since};
    state_put_fd(at->fd);
    state_put(STATE_HELD, &record, sizeof record);
    state_put(STATE_NAME, text_of(place), at->name_length);
    state_put(STATE_NOTE, text_of(place) + at->name_length, at->note_length);
  }
}

static bool restore_name(struct held *last, const struct state_record *from) {
  uint8_t *text = text_of(used - 1);
  if (last->name_length || !from->length || from->length > WIRE_MAX_NAME ||
      find(from->bytes, from->length) != HELD_MOST)
    return false;
  memcpy(text, from->bytes, from->length);
  last->name_length = from->length;
  return true;
}

bool held_restore(const struct state_record *from) {
  struct held_record record;
  struct held *last = used ? &held[used - 1] : NULL;
  if (from->tag != STATE_HELD && !last) return false;
  if (from->tag == STATE_NAME) return restore_name(last, from);
  if (from->tag == STATE_NOTE) {
    if (!last->name_length || from->length > WIRE_MAX_NOTE) return false;
    memcpy(text_of(used - 1) + last->name_length, from->bytes, from->length);
    last->note_length = from->length;
    return true;
  }
  state_take(from, &record, sizeof record);
  if (record.fd <= 2 || used == HELD_MOST || !have_texts()) return false;
  held[used++] = (struct held){.fd = record.fd, .since = record.since};
  return true;
}
