/* A slot is: a guard page, the go-between's stack, the thread's stack, struct slot, the area for
 * batches. Pages are touched only as they are used. */
#include "slots.h"

#include "settings.h"

#define STRIDE (SLOT_AREA + 0x20000u)
#define GO_BETWEEN_END 0x4000u
#define STACK_END 0x1f000u
#define AREA_START 0x20000u
#define KEPT 0x10000u /* bytes of the area that stay when a slot is free */

_Static_assert(sizeof(struct slot) <= AREA_START - STACK_END, "slot");

static uint8_t *memory;
static uint8_t guarded[SLOTS], touched[SLOTS];

uint32_t slots_map(void) {
  for (uint32_t count = SLOTS; count >= 16; count /= 4) {
    long address = sys6(__NR_mmap, 0, (long)count * STRIDE, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (sys_failed(address)) continue;
    memory = (uint8_t *)address;
    return count;
  }
  return 0;
}

static uint8_t *base(uint32_t index) {
  return memory + (uint64_t)index * STRIDE;
}

struct slot *slot_at(uint32_t index) {
  return (struct slot *)(base(index) + STACK_END);
}

uint32_t slot_index(const struct slot *slot) {
  return (uint32_t)((uint64_t)((const uint8_t *)slot - STACK_END - memory) / STRIDE);
}

uint8_t *slot_area(uint32_t index) {
  return base(index) + AREA_START;
}

void *slot_stack(uint32_t index) {
  return base(index) + STACK_END;
}

void *slot_go_between_stack(uint32_t index) {
  return base(index) + GO_BETWEEN_END;
}

/* Of its guard page. */
static uint32_t guard(void) {
  return settings.page_size == 4096 ? 4096 : 0;
}

void slot_prepare(uint32_t index) {
  if (!guarded[index] && guard()) sys_3(__NR_mprotect, base(index), guard(), PROT_NONE);
  guarded[index] = touched[index] = 1;
  memset(slot_at(index), 0, sizeof(struct slot));
}

void slot_trim(uint32_t index, uint32_t used) {
  if (used > KEPT) sys_3(__NR_madvise, slot_area(index) + KEPT, SLOT_AREA - KEPT, MADV_REMOVE);
}

void slots_trim(void) {
  for (uint32_t index = 0; index < SLOTS; index++) {
    if (!touched[index]) continue;
    sys_3(__NR_madvise, base(index) + guard(), STRIDE - guard(), MADV_REMOVE);
    touched[index] = 0;
  }
}
