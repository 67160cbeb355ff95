/* What removes a directory, or cleans it of what is old, would leave an agent that nobody finds, and
 * another would be started beside it, which knows nothing of what this one has kept. */
#include "abode.h"

#include "door.h"
#include "kept.h"
#include "loop.h"
#include "place.h"
#include "settings.h"

#define AGAIN_MS 1000

static void changed(uint32_t index);
static void again(uint32_t index);
static struct source notices = {.ready = changed, .fd = -1, .level = LEVEL_CORE};
static struct source timer = {.ready = again, .fd = -1, .level = LEVEL_CORE};

static int find(void) {
  int host = place_of_host();
  int directory = host < 0 ? host : place_of_system(host);
  if (host >= 0) sys_close(host);
  return directory;
}

/* Not where another one stands by now. */
static bool move_to(int directory) {
  if (sys_2(__NR_flock, directory, LOCK_EXCLUSIVE | LOCK_TRIES) < 0) return false;
  sys_close(settings.directory);
  settings.directory = directory;
  kept_directory(directory);
  place_watch(directory, notices.fd);
  return true;
}

/* Whether a program finds this agent. */
static bool settle(void) {
  int directory = find();
  if (directory < 0) return false;
  bool stays = place_is(directory, settings.directory), moves = !stays && move_to(directory);
  if (!moves) sys_close(directory);
  if (stays && place_has_socket(settings.directory)) return true;
  return (stays || moves) && door_open() == 0;
}

static void changed(uint32_t index) {
  char events[4096];
  (void)index;
  while (sys_read(notices.fd, events, sizeof events) > 0) continue;
  if (!settle()) timer_once(&timer, AGAIN_MS);
}

static void again(uint32_t index) {
  uint64_t count;
  (void)index;
  sys_read(timer.fd, &count, sizeof count);
  if (!settle()) timer_once(&timer, AGAIN_MS);
}

void abode_watch(void) {
  notices.fd = (int)sys_1(__NR_inotify_init1, O_CLOEXEC | O_NONBLOCK);
  if (notices.fd < 0) return;
  place_watch(settings.directory, notices.fd);
  loop_watch(&notices, SYS_POLLIN);
}
