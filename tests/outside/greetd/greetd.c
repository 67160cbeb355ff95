/* greetd LISTEN_FD READY_FD GREETING: greets whoever connects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 4) return fprintf(stderr, "usage: greetd LISTEN_FD READY_FD GREETING\n"), 2;
  int listening = atoi(argv[1]), ready = atoi(argv[2]);
  if (write(ready, "\n", 1) != 1 || close(ready) < 0) return 1;
  for (int client; (client = accept(listening, NULL, NULL)) >= 0; close(client))
    if (write(client, argv[3], strlen(argv[3])) < 0) perror("greetd: a client is gone");
  return 1;
}
