/* Addresses, and sockets to connect to them.
 *
 * `127.0.0.1:80` and `[::1]:80` as socket addresses. No names: a static program has no resolver,
 * and the program that starts this one knows the addresses. */
#ifndef GATEWAYD_ADDRESS_H
#define GATEWAYD_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/* A socket for connections to such an address, which finds out when the far side is silent; -1 and
 * errno when it cannot be made. */
int make_socket(int family, int silence_ms);

/* A connect to a port of this host that nobody listens on can meet itself. */
bool is_own_address(int fd);

bool parse_address(const char *text, struct sockaddr_storage *address, socklen_t *length);

#endif
