/* The shared memory between orderd, which produces, and positiond, which consumes.
 *
 * It is the file `ring` in positiond's workdir: one page of control words, then RING_SLOTS entries.
 * positiond makes a new file for every writer that attaches, so a writer that lost its place can
 * only scribble on a file that nobody reads. `head` counts the entries ever published, `tail` those
 * ever taken; slot = count % RING_SLOTS. Each side owns its own words and checks the other's before
 * use.
 *
 * Nobody holds a lock, so either side may be killed between any two instructions. Sleeping goes
 * over the Unix socket on which the writer attached: a side that is about to sleep sets its flag,
 * looks at the ring once more, and is then woken by one byte from the side that clears the flag.
 * The socket's end of file is how each sees the other die.
 */
#ifndef BAILIWICK_RING_H
#define BAILIWICK_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RING_MAGIC 0x31474e4952574942u /* "BIWRING1" */
#define RING_FILE "ring"
#define POSITIONS_SOCKET "positions.sock"
enum { RING_SLOTS = 65536, RING_CONTROL = 4096, DATABASE_ID_LENGTH = 32 };

struct ring_entry {
  uint64_t sequence; /* the order's id in orderd's database */
  char symbol[16];
  int64_t delta; /* bought adds, sold subtracts */
};

struct ring {
  uint64_t magic;
  uint32_t slots;
  uint32_t entry_size;
  _Alignas(64) _Atomic uint64_t head; /* orderd's */
  _Alignas(64) _Atomic uint64_t tail; /* positiond's, as the next two */
  _Atomic uint64_t applied;           /* the last order whose position can be asked for */
  _Atomic uint64_t durable;           /* the last order that a crash of positiond can't undo */
  _Alignas(64) _Atomic uint32_t consumer_sleeps;
  _Atomic uint32_t producer_sleeps;
  _Alignas(RING_CONTROL) struct ring_entry entries[RING_SLOTS];
};
_Static_assert(sizeof(struct ring_entry) == 32, "ring_entry");
_Static_assert(offsetof(struct ring, entries) == RING_CONTROL, "ring");

/* positiond: a new, empty ring in the current directory; NULL and errno when it can't be made. */
struct ring *ring_create(uint64_t applied, uint64_t durable);

/* orderd: the ring in the directory `dir_fd`; NULL and errno (EBADMSG: it is no ring). */
struct ring *ring_open(int dir_fd);
void ring_close(struct ring *ring);

/* Room for entries, or -1 when `tail` makes no sense. */
long ring_room(const struct ring *ring);
void ring_put(struct ring *ring, uint64_t index, const struct ring_entry *entry);

/* Makes all entries before `head` visible; true when the consumer must be woken. */
bool ring_publish(struct ring *ring, uint64_t head);

/* True when the producer may sleep until it is woken; false when there is room again. */
bool ring_producer_sleeps(struct ring *ring);

/* Entries waiting, or -1 when `head` makes no sense. `tail` is the consumer's own count. */
long ring_waiting(const struct ring *ring, uint64_t tail);
struct ring_entry ring_get(const struct ring *ring, uint64_t index);

/* Gives slots back; true when the producer must be woken. */
bool ring_take(struct ring *ring, uint64_t tail, uint64_t applied);
bool ring_consumer_sleeps(struct ring *ring, uint64_t tail);

#endif
