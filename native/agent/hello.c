#include "hello.h"

#include "build_id.h"
#include "clock.h"
#include "output.h"
#include "processes.h"
#include "settings.h"
#include <linux/utsname.h>

#ifdef __x86_64__
#define ARCH ARCH_X86_64
#else
#define ARCH ARCH_AARCH64
#endif

static uint32_t put(uint8_t *at, const char *text) {
  uint32_t length = (uint32_t)strlen(text);
  memcpy(at, text, length);
  return length;
}

/* A variable for which there is no room is left out. */
static uint32_t put_environment(uint8_t *at, uint32_t room) {
  uint32_t used = 0;
  for (char **variable = settings.environment; *variable; variable++) {
    uint32_t length = (uint32_t)strlen(*variable) + 1;
    if (length > room - used) continue;
    memcpy(at + used, *variable, length);
    used += length;
  }
  return used;
}

static uint32_t put_host(uint8_t *body, uint32_t room, uint32_t slots) {
  struct new_utsname name;
  sys_1(__NR_uname, &name);
  struct host host = {.arch = ARCH,
                      .page_size = (uint32_t)settings.page_size,
                      .pid = (uint32_t)settings.agent_pid,
                      .uid = (uint32_t)sys_0(__NR_getuid),
                      .gid = (uint32_t)sys_0(__NR_getgid),
                      .thread_pid = (uint32_t)process_at(1)->pid,
                      .slots = slots - 1};
  uint8_t *at = body + sizeof host;
  at += host.release_length = put(at, name.release);
  at += host.nodename_length = put(at, name.nodename);
  at += host.temporary_length = put(at, settings.temporary);
  at += host.environment_length = put_environment(at, room - (uint32_t)(at - body));
  memcpy(body, &host, sizeof host);
  return (uint32_t)(at - body);
}

void hello_say(uint32_t slots, uint64_t generation) {
  struct hello hello = {.magic = WIRE_MAGIC,
                        .least = WIRE_VERSION,
                        .most = WIRE_VERSION,
                        .generation = generation,
                        .now = clock_boot()};
  build_id(hello.build);
  uint8_t *body = output_begin(WIRE_MAX_BODY);
  hello.host_length =
      put_host(body + sizeof hello, WIRE_MAX_BODY - (uint32_t)sizeof hello, slots);
  memcpy(body, &hello, sizeof hello);
  output_end(FRAME_HELLO, 0, 0, (uint32_t)sizeof hello + hello.host_length);
}
