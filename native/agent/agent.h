/* The agent's parts, and who may call whom: main turns the one loop; program holds the stream to
 * the program and calls frames for what it reads; frames calls threads and streams; all write to
 * the program through program. Of this page only slots are shared with threads.
 */
#ifndef BAILIWICK_AGENT_H
#define BAILIWICK_AGENT_H

#include "../common/batch.h"
#include "../common/sys.h"
#include "../common/wire.h"

/* ---- settings: written before the first thread is cloned, then only read ---- */

struct settings {
  char **environment;
  char temporary[256];    /* removed at the end; the program may never make it */
  uint64_t signal_mask;   /* that the process was started with */
  uint64_t file_limit[2]; /* RLIMIT_NOFILE that it was started with */
  uint64_t page_size;
  int32_t keeper_pid; /* 0: there is none */
  int32_t agent_pid;
  bool is_init; /* of a PID namespace: there is no keeper */
  bool adopts;  /* orphans become the agent's children; not so under qemu-user, unless it is init */
};
extern struct settings settings;

/* ---- slots (slots.c): the memory that a thread shares with the agent ---- */

#define SLOTS 1024 /* at the most, and the first is never used: zeroed memory means no slot */
#define SLOT_NONE 0u
#define SLOT_AREA (2u * WIRE_MAX_WINDOW)
#define SLOT_CONTROL_FD 100 /* descriptors of threads' own control sockets are at least this */

enum interrupt_state { /* of one batch; only a compare-and-swap takes it out of the first two */
                       INTERRUPT_NONE = 0,
                       INTERRUPT_WANTED,  /* the thread may take it */
                       INTERRUPT_SENDING, /* the agent is in kill(2): the thread waits for it to end
                                           */
                       INTERRUPT_DONE, /* taken, or the batch has ended: no signal is sent any more
                                        */
};

struct slot {
  int32_t pid;        /* stored by the kernel before the thread runs; 0 before */
  int32_t parted;     /* pid of the go-between when the thread was made by two forks */
  uint32_t adopted;   /* futex: the agent is this process's parent now */
  uint32_t started;   /* batches that were begun */
  uint32_t executing; /* inside execve(2): the end of the control socket means success */
  int32_t control;    /* of the new thread: its end of the control socket */
  int32_t inherited;  /* of the new thread: the cloner's control socket, -1 for thread 1 */
  uint64_t flags;     /* of the clone */
  uint32_t interrupts[WIRE_MAX_QUEUE];
};

uint32_t slots_map(void); /* makes the mapping; how many there are, 0 on failure */
struct slot *slot_at(uint32_t index);
uint8_t *slot_area(uint32_t index);            /* SLOT_AREA bytes for batches */
void *slot_stack(uint32_t index);              /* its end, for the thread */
void *slot_go_between_stack(uint32_t index);   /* its end, for the first of two forks */
void slot_prepare(uint32_t index);             /* before a clone */
void slot_trim(uint32_t index, uint32_t used); /* gives memory back */

/* ---- what the agent and a thread say over the thread's control socket ---- */

enum order_kind { ORDER_CALL = 1, ORDER_CLONE };
struct order {
  uint32_t kind;
  uint32_t entry;  /* of the thread's queue */
  uint32_t offset; /* CALL: in the slot's area */
  uint32_t child;  /* CLONE: the slot of the new thread; its control socket comes with the order */
};

enum notice_kind { NOTICE_REPLY = 1, NOTICE_CLONED, NOTICE_STREAM };
struct notice {
  uint32_t kind;
  uint32_t offset; /* REPLY: in the slot's area */
  uint32_t length;
  uint32_t stream; /* STREAM: number; the descriptor comes with the notice */
  uint32_t direction;
  uint32_t credit;
  int64_t result; /* CLONED */
};

/* ---- the thread's side (thread.c, clone.c, executor.c) ---- */

struct member { /* a thread's own view of itself, on its stack */
  uint32_t slot;
  int control;
  uint32_t entry; /* the batch that runs */
};

_Noreturn void thread_main(void *slot); /* struct slot * */
int64_t clone_thread(uint32_t slot);
int64_t clone_first(uint32_t slot);
void executor_init(struct executor *executor, struct member *member);
void executor_finish_interrupt(struct member *member);
bool executor_take_interrupt(struct member *member);

/* ---- processes (processes.c): threads' numbers, and the services they become ---- */

struct process {
  int32_t pid;   /* 0: the number is free, or its thread is being made */
  uint16_t slot; /* SLOT_NONE: free, or a service */
  uint16_t used;
  uint32_t next; /* number + 1 in the same bucket */
};

struct process *process_at(uint32_t number);
void process_add(uint32_t number, int32_t pid);
void process_remove(uint32_t number);
uint32_t process_find(int32_t pid); /* its number, or WIRE_NUMBERS */

/* ---- threads (threads.c, calls.c, notices.c): processes that have not executed a program yet ----
 */

struct entry { /* an unanswered CALL or CLONE */
  uint32_t seq;
  uint32_t offset, length; /* CALL: in the slot's area; CLONE: length 0 */
  uint32_t child_number;
  uint16_t child; /* CLONE: the slot; see thread_child */
  bool interrupting;
};

struct thread {
  int control; /* the agent's end; 0 when the slot is free */
  uint32_t number;
  uint32_t head, count; /* of the queue */
  uint32_t waiting;     /* bytes of unanswered CALL frames */
  uint32_t top;         /* of the area, as far as it was ever used */
  uint32_t begun;       /* CALL entries that left the queue */
  uint32_t interrupts;  /* entries that are to be interrupted */
  uint16_t cloner;      /* while it is being made: the slot of the thread that makes it */
  uint16_t cloner_entry;
  bool being_made;
  bool hung_up;
  struct entry queue[WIRE_MAX_QUEUE];
};

const char *threads_start(uint32_t slots); /* makes thread 1 */
struct thread *thread_at(uint32_t slot);
uint32_t thread_take_slot(void); /* or SLOT_NONE */
struct entry *thread_push(uint32_t slot, uint32_t *index);
void thread_pop(uint32_t slot);
uint32_t thread_child(uint32_t slot, uint32_t entry); /* its new thread, while that has a slot */
bool thread_settle(uint32_t slot);                    /* whether it exists by now */
void thread_cloned(uint32_t slot, int64_t result);    /* sends CLONED */
void thread_gone(uint32_t slot, bool executed);       /* answers all, gives the slot back */
void thread_event(uint32_t slot);                     /* its control socket is readable */
void thread_settle_pid(int32_t pid);
void thread_exited(uint32_t number);

/* `*slot` is SLOT_NONE when there is nobody to run it. */
const char *call_begin(uint32_t number, uint32_t length, uint32_t *slot, uint8_t **into);
const char *call_end(uint32_t slot, uint32_t seq, const uint8_t *body, uint32_t length);
void call_none(uint32_t number, uint32_t seq, uint32_t status);
const char *clone_request(const struct frame *frame, const struct clone_request *request);
void interrupt_request(uint32_t number, uint32_t seq);
void interrupt_repeat(void);
extern uint32_t interrupts_wanted;

/* ---- children (reap.c, descendants.c) ---- */

void reap_children(void);
void kill_descendants(void); /* returns when there is none */

/* ---- streams (streams.c) ---- */

const char *stream_open(uint32_t number, int fd, uint32_t direction, uint32_t credit);
const char *stream_write_begin(uint32_t number, uint32_t length);
void stream_write(uint32_t number, const uint8_t *bytes, uint32_t length);
const char *stream_grant(uint32_t number, uint32_t credit);
void stream_close(uint32_t number);
void stream_event(uint32_t number);

/* ---- the program (program.c, output.c, frames.c) ---- */

long program_open(void);
void program_event(void); /* readable */
void program_forget_slot(uint32_t slot);
void program_fail(const char *what); /* FAIL, and the end */
extern bool program_over;            /* nothing more is read or written */
extern int program_status;           /* to exit with */

void output_start(int fd);
uint8_t *output_begin(uint32_t room); /* of one frame's body */
void output_end(uint8_t type, uint32_t id, uint32_t seq,
                uint32_t length); /* `length` of the room */
void output_frame(uint8_t type, uint32_t id, uint32_t seq, const void *body, uint32_t length);
void output_word(uint8_t type, uint32_t id, uint32_t word);
void output_flush(void);
bool output_idle(void); /* nothing is pending */
void output_pipe(uint8_t type, uint32_t id, uint32_t length, int pipe); /* body: next in the pipe */

/* Frames' fixed body lengths and what is done with them. A returned text is a broken rule. */
const char *frame_begin(const struct frame *frame, uint8_t **into, uint32_t *slot);
const char *frame_end(const struct frame *frame, uint32_t slot, const uint8_t *body);
#define FRAME_SMALL 16 /* bytes that `*into` has room for, unless it is a CALL */

/* ---- the loop (main.c) ---- */

enum watched {
  WATCH_PROGRAM,
  WATCH_OUTPUT,
  WATCH_CHILDREN,
  WATCH_END,
  WATCH_SILENCE,
  WATCH_THREAD,
  WATCH_STREAM
};
long watch(enum watched kind, uint32_t index, int fd, uint32_t events);
void unwatch(int fd);
_Noreturn void agent_run(void);
extern int end_signals; /* readable when the agent is told to end */

/* ---- signs of life (alive.c) ---- */

void alive_until(uint32_t milliseconds); /* ends everything then; 0: not at all */

/* ---- the keeper (keeper.c) ---- */

_Noreturn void keeper_run(char **environment);
_Noreturn void give_up(const char *what); /* says so on standard error */

#endif
