#include "door.h"

#include "caller.h"
#include "clock.h"
#include "hello.h"
#include "host.h"
#include "image.h"
#include "input.h"
#include "loop.h"
#include "offer.h"
#include "output.h"
#include "place.h"
#include "session.h"
#include "settings.h"
#include "state.h"

#define WAITING 128 /* that were not accepted yet */
#define FULL_MS 100     /* until it is tried again where no descriptor was free */
#define FIRST_MS 20000  /* for somebody to come */

struct visitor { /* at the number of its caller */
  struct source source; /* the socket over which its stream comes; -1: it came otherwise */
  uint64_t came;
  int input; /* -1 until it came */
  bool is_there, admitted;
};

static struct visitor visitors[CALLERS];
static uint32_t asker = NOBODY; /* who has sent an image */

/* ---- leaving ---- */

static void let_go(uint32_t number) {
  struct visitor *visitor = &visitors[number];
  caller = number;
  if (visitor->admitted) {
    host_look_no_more();
    session_close();
    input_close();
    output_close();
  } else if (visitor->input >= 0) {
    sys_close(visitor->input);
  }
  loop_unwatch(&visitor->source);
  if (visitor->source.fd >= 0) sys_close(visitor->source.fd);
  visitor->is_there = false;
  if (number == asker) asker = NOBODY;
  caller = session_in_charge();
}

static void tell(uint32_t number) {
  caller = number;
  host_tell();
  output_write();
  bool over = session_is_over();
  caller = session_in_charge();
  if (over) let_go(number);
}

void door_turn(void) {
  for (uint32_t number = 1; number < CALLERS; number++) {
    const struct visitor *visitor = &visitors[number];
    if (visitor->admitted && visitor->is_there) tell(number);
  }
}

/* ---- coming ---- */

static bool is_guest(uint32_t number) {
  return number != session_in_charge() && number != session_that_waits() && number != asker;
}

/* A place for one more; whoever is a guest longest has to leave it. */
static uint32_t take_place(void) {
  uint32_t oldest = NOBODY;
  for (uint32_t number = 1; number < CALLERS; number++) {
    if (!visitors[number].is_there) return number;
    if (!is_guest(number)) continue;
    if (oldest == NOBODY || visitors[number].came < visitors[oldest].came) oldest = number;
  }
  let_go(oldest);
  return oldest;
}

static void answer(uint32_t number, const char *text) {
  int socket = visitors[number].source.fd;
  if (socket >= 0) sys_send(socket, text, strlen(text) + 1, -1, SYS_MSG_DONTWAIT);
}

static void set_nonblocking(int fd) {
  long flags = sys_2(__NR_fcntl, fd, F_GETFL);
  sys_3(__NR_fcntl, fd, F_SETFL, flags | O_NONBLOCK);
}

static long open_stream(int input, int output) {
  set_nonblocking(input);
  set_nonblocking(output);
  session_open();
  long error = output_open(output);
  if (error < 0) {
    sys_close(output);
    sys_close(input);
    return error;
  }
  error = input_open(input, LEVEL_CORE); /* heard though the program in charge takes nothing */
  if (error < 0) {
    input_close();
    output_close();
  }
  return error;
}

static long admit(uint32_t number, int output) {
  struct visitor *visitor = &visitors[number];
  caller = number;
  long error = open_stream(visitor->input, output);
  visitor->input = -1;
  visitor->admitted = error == 0;
  if (error == 0) hello_say(settings.slots, session_generation());
  caller = session_in_charge();
  return error;
}

/* ---- through the door ---- */

static void arrived(uint32_t number, int fd) {
  struct visitor *visitor = &visitors[number];
  if (visitor->input < 0) {
    visitor->input = fd;
    return;
  }
  loop_unwatch(&visitor->source);
  if (admit(number, fd) == 0) {
    answer(number, "");
    return;
  }
  answer(number, "standard input and output must be pipes or sockets");
  let_go(number);
}

static void image_arrived(uint32_t number, int fd) {
  if (image_offer(fd)) {
    asker = number;
    return;
  }
  sys_close(fd);
  answer(number, "another image is being tried");
  let_go(number);
}

void door_answer(const char *why) {
  if (asker == NOBODY) return;
  answer(asker, why);
  let_go(asker);
}

void door_part(const char *why) {
  for (uint32_t number = 1; number < CALLERS; number++) {
    if (!visitors[number].is_there || !visitors[number].admitted) continue;
    caller = number;
    session_give_up(why);
  }
  caller = session_in_charge();
}

static void arrives(uint32_t number) {
  struct visitor *visitor = &visitors[number];
  struct offer offer;
  int fd;
  if (!visitor->is_there || visitor->admitted) return;
  long got = sys_receive(visitor->source.fd, &offer, sizeof offer, &fd, SYS_MSG_DONTWAIT);
  if (got == -EAGAIN || got == -EINTR) return;
  bool sound = got == sizeof offer && offer.magic == OFFER_MAGIC && fd >= 0 && number != asker;
  if (sound && offer.kind == (visitor->input < 0 ? OFFER_INPUT : OFFER_OUTPUT)) {
    arrived(number, fd);
    return;
  }
  if (sound && offer.kind == OFFER_IMAGE && visitor->input < 0) {
    image_arrived(number, fd);
    return;
  }
  if (fd >= 0) sys_close(fd);
  let_go(number);
}

struct peer { /* struct ucred */
  int32_t pid;
  uint32_t uid, gid;
};

static bool is_ours(int socket) {
  struct peer peer;
  uint32_t length = sizeof peer;
  long result =
      sys_5(__NR_getsockopt, socket, SYS_SOL_SOCKET, 17 /* SO_PEERCRED */, &peer, &length);
  return result == 0 && (peer.uid == 0 || peer.uid == (uint32_t)sys_0(__NR_getuid));
}

static void knocked(uint32_t index);
static void waited(uint32_t index);
static struct source door = {.ready = knocked, .fd = -1, .level = LEVEL_CORE};
static struct source timer = {.ready = waited, .fd = -1, .level = LEVEL_CORE};
static bool known; /* somebody has come, or nobody will */

static void waited(uint32_t index) {
  uint64_t count;
  (void)index;
  sys_read(timer.fd, &count, sizeof count);
  loop_watch(&door, SYS_POLLIN);
  known = true;
}

/* Who knocks waits meanwhile. */
static void not_accepted(long error) {
  if (error == -EAGAIN || error == -EINTR || error == -ECONNABORTED) return;
  loop_unwatch(&door);
  timer_once(&timer, FULL_MS);
}

static void knocked(uint32_t index) {
  (void)index;
  int socket = (int)sys_4(__NR_accept4, door.fd, NULL, NULL, O_CLOEXEC | O_NONBLOCK);
  if (socket < 0) {
    not_accepted(socket);
    return;
  }
  uint32_t number = take_place();
  struct visitor *visitor = &visitors[number];
  *visitor = (struct visitor){.source = {arrives, number, socket, LEVEL_CORE, 0},
                              .came = clock_steady(),
                              .input = -1,
                              .is_there = true};
  known = true;
  if (!is_ours(socket) || loop_watch(&visitor->source, SYS_POLLIN) < 0) let_go(number);
}

bool door_is_idle(void) {
  for (uint32_t number = 1; number < CALLERS; number++)
    if (visitors[number].is_there) return false;
  return known;
}

long door_open(void) {
  long fd = sys_3(__NR_socket, SYS_AF_UNIX, SYS_SOCK_SEQPACKET | O_CLOEXEC | O_NONBLOCK, 0);
  if (fd < 0) return fd;
  loop_unwatch(&door);
  if (door.fd >= 0) sys_close(door.fd);
  door.fd = (int)fd;
  long result = place_bind(settings.directory, door.fd);
  if (result == 0) result = sys_2(__NR_listen, door.fd, WAITING);
  if (result == 0 && !known) result = timer_once(&timer, FIRST_MS);
  return result < 0 ? result : loop_watch(&door, SYS_POLLIN);
}

void door_close(void) {
  place_unbind(settings.directory);
  sys_close(door.fd);
}

long door_admit(int input, int output) {
  uint32_t number = take_place();
  visitors[number] =
      (struct visitor){.source = {arrives, number, -1, LEVEL_CORE, 0}, .input = input, .is_there = true};
  return admit(number, output);
}

/* ---- going on as another image ---- */

void door_save(void) {
  int32_t asks = visitors[asker].source.fd;
  state_put_fd(door.fd);
  state_put(STATE_DOOR, &door.fd, sizeof door.fd);
  if (asker == NOBODY) return;
  state_put_fd(asks);
  state_put(STATE_ASKER, &asks, sizeof asks);
}

static int32_t asks = -1; /* of the image before */

bool door_restore(const struct state_record *from) {
  int32_t fd;
  state_take(from, &fd, sizeof fd);
  if (from->tag == STATE_DOOR)
    door.fd = fd;
  else
    asks = fd;
  return fd > 2;
}

bool door_is_restored(void) {
  return door.fd > 2;
}

long door_go_on(void) {
  long result = timer_once(&timer, FIRST_MS); /* for who has sent the image to come */
  if (asks >= 0) {
    sys_send(asks, "", 1, -1, SYS_MSG_DONTWAIT);
    sys_close(asks);
  }
  return result < 0 ? result : loop_watch(&door, SYS_POLLIN);
}
