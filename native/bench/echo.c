/* What a round trip to a thread is measured against: the hops without the work.
 *
 * Standard input is a stream socket. The parent waits with epoll as an agent does, and passes what
 * it reads to its child over a seqpacket socket; the child blocks in recv as a thread does, and
 * sends it back, and the parent writes it to the stream. Ends when the stream does.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

static char buffer[64 << 10];

static void check(long result, const char *what) {
  if (result >= 0) return;
  perror(what);
  exit(1);
}

static void echo(int socket) {
  ssize_t got;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while ((got = recv(socket, buffer, sizeof buffer, 0)) > 0)
    check(send(socket, buffer, (size_t)got, MSG_NOSIGNAL), "send");
  exit(0);
}

static void pass(int from, int to) {
  ssize_t got = recv(from, buffer, sizeof buffer, MSG_DONTWAIT);
  if (got == 0) exit(0);
  if (got > 0) check(send(to, buffer, (size_t)got, MSG_NOSIGNAL), "send");
}

static void watch(int poll, int fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  check(epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

int main(void) {
  int pair[2];
  check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), "socketpair");
  pid_t child = fork();
  check(child, "fork");
  if (child == 0) {
    close(pair[0]);
    echo(pair[1]);
  }
  close(pair[1]);
  int poll = epoll_create1(EPOLL_CLOEXEC);
  watch(poll, 0);
  watch(poll, pair[0]);
  for (;;) {
    struct epoll_event event;
    if (epoll_wait(poll, &event, 1, -1) == 1) pass(event.data.fd, event.data.fd == 0 ? pair[0] : 0);
  }
}
