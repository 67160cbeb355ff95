/* `127.0.0.1:80` and `[::1]:80` as socket addresses. No names: a static program has no resolver,
 * and the program that starts this one knows the addresses. */
#ifndef GATEWAYD_ADDRESS_H
#define GATEWAYD_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

bool parse_address(const char *text, struct sockaddr_storage *address, socklen_t *length);

#endif
