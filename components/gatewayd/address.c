#define _GNU_SOURCE
#include "address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
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
