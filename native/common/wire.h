/* The bytes between a program and an agent: one ordered stream each way.
 *
 * Every frame is a 16-byte header and `length` bytes of body, little-endian. The agent speaks first,
 * with HELLO. A frame that breaks a rule of this page ends the connection (FAIL, then close); nothing
 * of a bad frame is ever run. docs/wire.md narrates a conversation byte by byte.
 *
 * Numbers are chosen by the program, so that what follows can be sent without waiting: thread numbers
 * and stream numbers are below 65536. Thread 1 exists from the start. A thread's number is free again
 * after its EXITED or KILLED event; a stream's number is free again after its END.
 */
#ifndef BAILIWICK_WIRE_H
#define BAILIWICK_WIRE_H

#include <stdint.h>

#define WIRE_MAGIC 0x4b495742u /* "BWIK" */
#define WIRE_VERSION 1
#define WIRE_MAX_BODY (1u << 20)   /* no frame is longer; bulk data is many frames */
#define WIRE_MAX_WINDOW (1u << 20) /* unanswered CALL bytes (headers included) that one thread may have */
#define WIRE_MAX_QUEUE 64          /* unanswered CALL and CLONE frames that one thread may have */
#define WIRE_MAX_CALLS 4096        /* calls in one batch */
#define WIRE_NUMBERS 65536         /* thread numbers, and stream numbers */

struct frame {
  uint32_t length; /* of the body */
  uint8_t type;    /* enum frame_type */
  uint8_t zero[3];
  uint32_t id;  /* a thread or a stream */
  uint32_t seq; /* of a request, echoed by its answer; else 0 */
};
_Static_assert(sizeof(struct frame) == 16, "frame");

enum frame_type {
  /* program to agent */
  FRAME_CLONE = 1,  /* id: the thread that clones; body: struct clone_request; answered by CLONED */
  FRAME_CALL,       /* id: a thread; body: struct batch and what follows it; answered by REPLY */
  FRAME_SIGNAL,     /* id: a thread, or the service that it became; body: struct signal_request; RESULT */
  FRAME_INTERRUPT,  /* id: a thread; seq: the CALL to interrupt: its current or next call ends with EINTR */
  FRAME_WRITE,      /* id: a stream to a descriptor; body: bytes, at most the credit granted */
  FRAME_GRANT,      /* id: a stream from a descriptor; body: uint32_t, bytes more that may be sent */
  FRAME_CLOSE,      /* id: a stream; to a descriptor: after what is pending, and a second one: at once,
                     * dropping it; from one: at once */
  FRAME_ALIVE,      /* body: uint32_t, milliseconds within which the agent must get another ALIVE, or it
                     * ends everything; 0 takes that back */
  /* agent to program */
  FRAME_HELLO = 128, /* body: struct hello and its strings */
  FRAME_CLONED,      /* id: the new thread; body: int64_t, its pid or -errno: -EAGAIN without a free slot,
                        -ESRCH without a cloner, -EINVAL for a cloner in another PID namespace */
  FRAME_REPLY,       /* id: the thread; body: struct reply, results, outputs */
  FRAME_RESULT,      /* id: the thread; body: int64_t, 0 or -errno: -EAGAIN while it is being made */
  FRAME_CHILD,       /* id: a thread; body: struct child_event */
  FRAME_DATA,        /* id: a stream from a descriptor; body: bytes, at most the credit granted */
  FRAME_CREDIT,      /* id: a stream to a descriptor; body: uint32_t, bytes more that may be sent */
  FRAME_END,         /* id: a stream; body: int32_t errno, 0 at end of file or after CLOSE */
  FRAME_FAIL,        /* body: text; the last frame before the agent ends the connection */
};

enum wire_arch { ARCH_X86_64 = 1, ARCH_AARCH64 = 2 };

struct hello {
  uint32_t magic;
  uint16_t version;
  uint16_t arch; /* enum wire_arch */
  uint32_t page_size;
  uint32_t pid; /* of the agent */
  uint32_t uid, gid;
  uint32_t thread_pid; /* of thread 1 */
  uint32_t slots;      /* threads that can exist before they execute a service */
  /* Lengths of the strings that follow, in this order, without terminators. */
  uint32_t release_length;     /* uname(2) release */
  uint32_t nodename_length;    /* uname(2) nodename */
  uint32_t temporary_length;   /* the directory, not made yet, that the agent removes when it ends */
  uint32_t environment_length; /* NAME=value, each ended by NUL, as environ(7) */
};
_Static_assert(sizeof(struct hello) == 48, "hello");

struct clone_request {
  uint32_t child; /* number of the new thread */
  uint32_t zero;
  uint64_t flags; /* CLONE_NEW* only; 0 for an ordinary thread */
};
_Static_assert(sizeof(struct clone_request) == 16, "clone_request");

struct signal_request {
  uint32_t number; /* signal(7); 0 asks whether the process is there */
  uint32_t group;  /* 1: its process group, when it leads one */
};
_Static_assert(sizeof(struct signal_request) == 8, "signal_request");

/* A batch: this header, then calls, patches and outputs in that order, then the blob, 8-byte aligned
 * throughout. The calls run in order; the first that fails ends the batch unless it is CALL_CONTINUE. */
struct batch {
  uint32_t calls;
  uint32_t patches;
  uint32_t outputs;
  uint32_t blob_length;
};
_Static_assert(sizeof(struct batch) == 16, "batch");

enum call_flags { CALL_CONTINUE = 1 };

/* Two bits for each argument, argument 0 in the lowest. */
enum argument_kind {
  ARGUMENT_IMMEDIATE = 0, /* the value itself */
  ARGUMENT_BLOB = 1,      /* the address of this offset of the blob */
  ARGUMENT_RESULT = 2,    /* the result of this earlier call */
  ARGUMENT_INT32 = 3,     /* the int32_t at this offset of the blob, when the call is made */
};

struct call {
  uint32_t nr; /* system call number of the agent's architecture, or enum pseudo_call */
  uint16_t flags;
  uint16_t kinds;
  uint64_t arguments[6];
};
_Static_assert(sizeof(struct call) == 56, "call");

/* A store into the blob just before call `before` runs; `before` never decreases. */
enum patch_kind {
  PATCH_POINTER = 1, /* uint64_t at `at`: the address of blob offset `from` */
  PATCH_RESULT = 2,  /* int32_t at `at`: the result of call `from`, which is earlier than `before` */
  PATCH_INT32 = 3,   /* int32_t at `at`: the int32_t at blob offset `from` */
};
struct patch {
  uint32_t before;
  uint32_t kind;
  uint32_t at;
  uint32_t from;
};
_Static_assert(sizeof(struct patch) == 16, "patch");

/* A range of the blob to send back; ranges ascend and do not overlap. With a limit, no more bytes are
 * sent than the result of call `limit - 1` (none if that is negative or was not run). */
struct output {
  uint32_t offset;
  uint32_t length;
  uint32_t limit;
  uint32_t zero;
};
_Static_assert(sizeof(struct output) == 16, "output");

enum pseudo_call {
  /* (fd, stream, direction, credit): gives the agent its own copy of fd, which it makes non-blocking. */
  PSEUDO_STREAM = 0x10000,
  /* (from, to, count): read(2) and write(2) until end of file or `count` bytes; returns the bytes. */
  PSEUDO_COPY,
  /* (fd, buffer, count): write(2) until all is written. */
  PSEUDO_WRITE_ALL,
  /* (fd, buffer, count): read(2) until `count` bytes or end of file. */
  PSEUDO_READ_FULL,
  /* (dirfd, path): removes a file or a whole directory tree, without following symbolic links or
   * crossing into another file system; a missing one is no error. */
  PSEUDO_REMOVE_TREE,
  PSEUDO_END,
};
enum stream_direction {
  STREAM_FROM_FD = 0, /* the program reads: agent sends DATA */
  STREAM_TO_FD = 1,   /* the program writes: program sends WRITE; `credit` is ignored */
};

struct reply {
  uint32_t done;   /* results that follow; the last one is the failure if the batch was cut short */
  uint32_t status; /* enum reply_status */
  /* int64_t results[done], then, when the status is REPLY_RAN, the output ranges without padding */
};
_Static_assert(sizeof(struct reply) == 8, "reply");

enum reply_status {
  REPLY_RAN = 0,      /* to its end, or to its first failure */
  REPLY_EXECUTED = 1, /* the last call executed a program: the thread is a service now */
  REPLY_GONE = 2,     /* the thread ended meanwhile; what call `done` did is not known */
  REPLY_NO_THREAD = 3 /* nothing was run: the thread had ended, or was never made */
};

enum child_event_kind {
  CHILD_EXITED = 1,  /* status: exit status */
  CHILD_KILLED,      /* status: signal */
  CHILD_DUMPED,      /* status: signal; a core was written */
  CHILD_STOPPED,     /* status: signal */
  CHILD_CONTINUED,   /* status: SIGCONT */
};
struct child_event {
  uint32_t kind;
  int32_t status;
  uint64_t user_us;   /* getrusage(2), at the end; 0 when stopped or continued */
  uint64_t system_us; /* the same */
  uint64_t maxrss_kib;
};
_Static_assert(sizeof(struct child_event) == 32, "child_event");

#endif
