/* Outputs that are kept: descriptors that are read whether or not a program takes what comes. What
 * was not taken is in a ring, as far as there is room. Each has a place, which is its number. */
#ifndef BAILIWICK_KEPT_H
#define BAILIWICK_KEPT_H

#include "../common/sys.h"
#include "../common/wire.h"

#define KEPT_NONE 8192u /* as many as there can be */

/* Where rings are, or -1 for memory. */
void kept_directory(int directory);

/* One that has no descriptor yet: its place, or -errno. Its first byte is the output's byte `at`. */
long kept_add(uint32_t service, uint32_t index, uint32_t room, uint64_t at);
void kept_read(uint32_t kept, int fd); /* the descriptor is the output's from here on */
void kept_forget(uint32_t kept);
void kept_disown(uint32_t service); /* what no stream takes goes, the rest with its stream */
uint32_t kept_find(uint32_t service, uint32_t index); /* or KEPT_NONE */

/* One stream at a time takes an output. It begins at byte `from`, or behind what an earlier one was
 * sent; which that is. */
uint64_t kept_skip(uint32_t kept, uint64_t from);
void kept_take(uint32_t kept, uint32_t stream, void (*has_more)(uint32_t stream));
void kept_leave(uint32_t kept);
bool kept_is_taken(uint32_t kept);
bool kept_has_more(uint32_t kept); /* bytes, or the end */
/* Sends a DATA frame, and what was dropped before it; how many bytes, 0 for the end of file, or
 * -errno. */
long kept_move(uint32_t kept, uint32_t stream, uint32_t most);
struct state_record;
void kept_save(void); /* but for what ends with the stream that takes it */
bool kept_restore(const struct state_record *record);
void kept_go_on(void); /* all that were restored are read */

/* What its descriptor holds by now goes to the ring; how many bytes wait there. */
uint64_t kept_catch_up(uint32_t kept);

#endif
