/* Two locks: that on the host's directory is held while a resident is sought and started, that on
 * the system's by the resident and its keepers, so that nobody begins before all is ended that a
 * resident which was killed had left.
 */
#include "resident.h"

#include "offer.h"
#include "place.h"
#include "say.h"
#include "settings.h"

#define SECONDS 20 /* for it to answer */
#define SIGNAL_ALRM 14

static const char unanswered[] = "an agent stands for its system, but does not answer";

/* Every wait is interrupted when the time is over; 0 takes that back. */
static void set_deadline(int64_t seconds) {
  int64_t timer[4] = {1, 0, seconds, 0}; /* again each second: one may come between two waits */
  sys_catch_signal(SIGNAL_ALRM);
  sys_3(__NR_setitimer, 0 /* ITIMER_REAL */, timer, NULL);
}

static void lock(int directory) {
  if (sys_2(__NR_flock, directory, LOCK_EXCLUSIVE) < 0) give_up(unanswered);
}

/* An agent that was killed has left what is being ended still; one that lives may only have lost its
 * socket, and makes it again: then this one is not needed. */
static void lock_or_leave(int directory) {
  struct sys_timespec pause = {0, 10000000};
  while (sys_2(__NR_flock, directory, LOCK_EXCLUSIVE | LOCK_TRIES) < 0) {
    if (sys_2(__NR_nanosleep, &pause, NULL) < 0) give_up(unanswered);
    if (place_has_socket(directory)) sys_exit(0);
  }
}

/* Says it to the program, too, which may not see its standard error. */
static _Noreturn void refuse(const char *what) {
  struct frame frame = {.length = (uint32_t)strlen(what), .type = FRAME_FAIL};
  sys_write(1, &frame, sizeof frame);
  sys_write(1, what, frame.length);
  give_up(what);
}

static int found(int directory) {
  if (directory < 0) refuse(place_fault());
  return directory;
}

static int connect_to(int directory) {
  int socket = (int)sys_3(__NR_socket, SYS_AF_UNIX, SYS_SOCK_SEQPACKET | SYS_SOCK_CLOEXEC, 0);
  if (socket < 0) give_up("cannot make a socket");
  long result = place_connect(directory, socket);
  if (result == 0) return socket;
  sys_close(socket);
  if (result != -ENOENT && result != -ECONNREFUSED) give_up("cannot connect to the agent that stands");
  return -1;
}

/* ---- with a resident ---- */

static long receive(int socket, char *text, size_t length) {
  int unused;
  return sys_receive(socket, text, length, &unused, 0);
}

static bool offer(int socket, enum offer_kind kind, int fd) {
  struct offer offer = {OFFER_MAGIC, kind};
  return sys_send(socket, &offer, sizeof offer, fd, 0) == sizeof offer;
}

/* Returns when the resident is this image, or has ended before that; gives up when it cannot be. */
static void pass_image(int socket) {
  char text[256];
  const char *path = settings.image ? settings.image : "/proc/self/exe";
  int image = (int)sys_3(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (image < 0) give_up("cannot open the image");
  bool offered = offer(socket, OFFER_IMAGE, image);
  sys_close(image);
  long length = offered ? receive(socket, text, sizeof text - 1) : 0;
  sys_close(socket);
  if (length == -EINTR) give_up("the agent that stands does not go on as this one");
  text[length > 0 ? length : 0] = 0;
  if (text[0]) give_up(text);
  settings.upgrades = false;
}

/* Ends with the stream; returns when the resident has ended before it took that. */
static void pass_stream(int socket) {
  char text[256];
  if (offer(socket, OFFER_INPUT, 0) && offer(socket, OFFER_OUTPUT, 1)) {
    long length = receive(socket, text, sizeof text - 1);
    if (length == -EINTR) give_up("the agent that stands does not take its stream");
    if (length > 0) {
      text[length] = 0;
      if (text[0]) give_up(text);
      set_deadline(0);
      sys_close(0);
      sys_close(1);
      do length = receive(socket, text, sizeof text);
      while (length > 0 || length == -EINTR);
      sys_exit(0);
    }
  }
  sys_close(socket);
}

/* ---- without ---- */

void resident_hush(void) {
  int null = (int)sys_3(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || sys_3(__NR_dup3, null, 2, 0) < 0) sys_close(2);
  if (null > 2) sys_close(null);
}

static void become(int host, int says) {
  sys_3(__NR_dup3, says, 2, 0);
  int null = (int)sys_3(__NR_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 2; fd++) sys_3(__NR_dup3, null, fd, 0);
  settings.directory = found(place_of_system(host));
  sys_close(host);
  if (says > 2) sys_close(says);
  if (null > 2) sys_close(null);
  set_deadline(SECONDS);
  lock_or_leave(settings.directory);
  set_deadline(0);
}

static long fork(void) {
  long pid = sys_5(__NR_clone, SIGNAL_CHLD, 0, 0, 0, 0);
  if (sys_failed(pid)) give_up("cannot fork");
  return pid;
}

/* What it says before it has begun is why it cannot. */
static void wait_until_begun(int says) {
  char text[256];
  long length, said = 0;
  while ((length = sys_read(says, text, sizeof text)) > 0) said += sys_write(2, text, (size_t)length);
  if (length == -EINTR) give_up("the agent that is to stand does not begin");
  if (said) sys_exit(1);
  sys_close(says);
}

/* True in the new process, which is nobody's child and in a session of its own. */
static bool start(int host) {
  int32_t says[2];
  if (sys_2(__NR_pipe2, says, O_CLOEXEC) < 0) give_up("cannot make a pipe");
  long pid = fork();
  if (pid == 0) {
    sys_0(__NR_setsid);
    if (fork()) sys_exit(0);
    sys_close(says[0]);
    become(host, says[1]);
    return true;
  }
  sys_close(says[1]);
  sys_4(__NR_wait4, pid, NULL, __WALL, NULL);
  wait_until_begun(says[0]);
  return false;
}

int resident_place(void) {
  return found(place_of_system(found(place_of_host())));
}

void resident_run(void) {
  set_deadline(SECONDS);
  int host = found(place_of_host()), directory = found(place_of_system(host));
  for (;;) {
    int socket = connect_to(directory);
    if (socket < 0) {
      lock(host);
      socket = connect_to(directory);
      if (socket < 0 && start(host)) return;
      sys_2(__NR_flock, host, LOCK_NONE);
    }
    if (socket >= 0 && settings.upgrades)
      pass_image(socket);
    else if (socket >= 0)
      pass_stream(socket);
  }
}
