/* Which stream numbers are in use. Threads take them and the agent gives them back, so this is
 * memory that they share; a number that is in use is refused without asking the agent. */
#ifndef BAILIWICK_CLAIMS_H
#define BAILIWICK_CLAIMS_H

#include "../common/sys.h"

bool claims_map(void);
bool claim_take(uint32_t number); /* false: it is in use */
void claim_release(uint32_t number);

#endif
