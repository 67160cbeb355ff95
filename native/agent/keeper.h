/* What the process that was launched does. */
#ifndef BAILIWICK_KEEPER_H
#define BAILIWICK_KEEPER_H

_Noreturn void keeper_run(char **arguments, char **environment);

#endif
