/* Numbers that the program chose, and the processes behind them. A number is in use from its CLONE
 * to the event of its exit. Processes are found by pid through chained buckets inside static
 * memory. */
#include "agent.h"

#define BUCKETS 16384u

static struct process processes[WIRE_NUMBERS];
static uint32_t buckets[BUCKETS]; /* number + 1, 0 for none */

struct process *process_at(uint32_t number) {
  return &processes[number];
}

static uint32_t *bucket_of(int32_t pid) {
  return &buckets[(uint32_t)pid % BUCKETS];
}

void process_add(uint32_t number, int32_t pid) {
  struct process *process = &processes[number];
  process->pid = pid;
  process->next = *bucket_of(pid);
  *bucket_of(pid) = number + 1;
}

void process_remove(uint32_t number) {
  struct process *process = &processes[number];
  uint32_t *link = process->pid ? bucket_of(process->pid) : NULL;
  while (link && *link && *link != number + 1) link = &processes[*link - 1].next;
  if (link && *link) *link = process->next;
  *process = (struct process){0, SLOT_NONE, 0, 0};
}

uint32_t process_find(int32_t pid) {
  uint32_t link = *bucket_of(pid);
  while (link && processes[link - 1].pid != pid) link = processes[link - 1].next;
  return link ? link - 1 : WIRE_NUMBERS;
}
