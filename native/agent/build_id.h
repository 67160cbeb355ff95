/* Which build of the agent this is: the note that the linker puts into the executable. */
#ifndef BAILIWICK_BUILD_ID_H
#define BAILIWICK_BUILD_ID_H

#include <stdint.h>

#define BUILD_ID_LENGTH 20 /* SHA-1 */

void build_id(uint8_t id[BUILD_ID_LENGTH]); /* zeros when there is none */

#endif
