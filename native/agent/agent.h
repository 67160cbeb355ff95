/* The agent proper. */
#ifndef BAILIWICK_AGENT_H
#define BAILIWICK_AGENT_H

_Noreturn void agent_run(void);

#endif
