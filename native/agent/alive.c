/* A timer ticks sixteen times in that time, so that silence is noticed soon after it is too long.
 * At every fourth tick the agent says LIFE if it said nothing since the one before, and at each it
 * looks at how many bytes have come: the clock is asked, not the timer, and what has arrived is
 * read before anything is concluded, since both may be late. While the program's input is left
 * unread because it does not take its answers, the answers that it does take are its sign of life.
 */
#include "alive.h"

#include "clock.h"
#include "loop.h"
#include "output.h"
#include "say.h"
#include "session.h"

#define TICKS 16
#define TICKS_TO_LIFE (TICKS / 4)

static uint32_t limit; /* ms */
static uint64_t ticks;
static uint64_t heard_at, heard, said;
static void (*read_input)(void);

static uint64_t signs(void) {
  return session_received_in_all() + (output_overfull() ? output_written() : 0);
}

/* Whether anything came since the last time. */
static bool listen(uint64_t now) {
  uint64_t sum = signs();
  if (sum == heard) return false;
  heard = sum;
  heard_at = now;
  return true;
}

static void show_life(void) {
  if (output_written() == said && output_idle()) say(FRAME_LIFE, 0, 0, "", 0);
  said = output_written();
}

static void tick(uint32_t index);
static struct source timer = {.ready = tick, .fd = -1, .level = LEVEL_CORE};

static void tick(uint32_t index) {
  uint64_t count, now = clock_steady();
  (void)index;
  sys_read(timer.fd, &count, sizeof count);
  if (!limit) return; /* it was taken back just now */
  if (++ticks % TICKS_TO_LIFE == 0) show_life();
  if (listen(now) || now - heard_at < limit * MILLISECOND) return;
  if (!output_overfull()) read_input();
  if (!listen(now)) session_give_up("the program was silent for as long as it may be");
}

void alive_within(uint32_t milliseconds, void (*read)(void)) {
  uint32_t step = milliseconds / TICKS;
  limit = milliseconds;
  read_input = read;
  heard_at = clock_steady();
  heard = signs();
  if (timer_every(&timer, milliseconds && !step ? 1 : step) < 0)
    session_fail("cannot make a timer for the program's signs of life");
}
