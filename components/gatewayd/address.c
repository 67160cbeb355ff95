#define _GNU_SOURCE
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, in_port_t *port) {
  char *end;
  unsigned long value = strtoul(text, &end, 10);
  if (text[0] < '0' || text[0] > '9' || *end || value < 1 || value > 65535) return false;
  *port = htons((uint16_t)value);
  return true;
}

static bool parse_v4(const char *host, const char *port, struct sockaddr_in *address) {
  address->sin_family = AF_INET;
  return inet_pton(AF_INET, host, &address->sin_addr) == 1 && parse_port(port, &address->sin_port);
}

static bool parse_v6(const char *host, const char *port, struct sockaddr_in6 *address) {
  address->sin6_family = AF_INET6;
  return inet_pton(AF_INET6, host, &address->sin6_addr) == 1 &&
         parse_port(port, &address->sin6_port);
}

bool parse_address(const char *text, struct sockaddr_storage *address, socklen_t *length) {
  char host[64];
  bool v6 = text[0] == '[';
  const char *start = v6 ? text + 1 : text;
  const char *end = v6 ? strstr(start, "]:") : strrchr(start, ':');
  if (!end || (size_t)(end - start) >= sizeof host) return false;
  memcpy(host, start, (size_t)(end - start));
  host[end - start] = 0;
  memset(address, 0, sizeof *address);
  *length = v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  return v6 ? parse_v6(host, end + 2, (struct sockaddr_in6 *)address)
            : parse_v4(host, end + 1, (struct sockaddr_in *)address);
}

int make_socket(int family, int silence_ms) {
  int on = 1, idle = 4, interval = 2, probes = 3;
  int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return -1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence_ms, sizeof silence_ms);
  return fd;
}

bool is_own_address(int fd) {
  struct sockaddr_storage here = {0}, there = {0};
  socklen_t here_length = sizeof here, there_length = sizeof there;
  return getsockname(fd, (struct sockaddr *)&here, &here_length) == 0 &&
         getpeername(fd, (struct sockaddr *)&there, &there_length) == 0 &&
         here_length == there_length && !memcmp(&here, &there, here_length);
}
