/* The bytes between a program and an agent: one ordered stream each way.
 *
 * Every frame is a 16-byte header and `length` bytes of body, little-endian. The agent speaks first,
 * with HELLO; the program's first frame is ATTACH. docs/wire.md narrates a conversation byte by byte.
 *
 * The core never changes again: the header, HELLO's first part, ATTACH, LOOK, STANDS, SIGNAL, RESULT,
 * ENDED, ACK, DOWN and FAIL. With it any program can see, signal and end what any agent runs. All else
 * belongs to the version that ATTACH names.
 *
 * Only what breaks the stream itself ends it (FAIL, then close): a header that breaks a rule of this
 * page, a body of a length that its type does not have, bytes beyond what was granted. A request that
 * makes no sense is answered, to whoever asked.
 *
 * Numbers are chosen by the program, so that what follows can be sent without waiting: thread numbers
 * and stream numbers are below 65536. Thread 1 exists from the start. A thread's number is free again
 * when its ENDED was acknowledged; a stream's number is free again after its END, once nothing that the
 * program has for it is still to be sent.
 *
 * Times are nanoseconds of the host's CLOCK_BOOTTIME.
 */
#ifndef BAILIWICK_WIRE_H
#define BAILIWICK_WIRE_H

#include <stdint.h>

#define WIRE_MAGIC 0x4b495742u /* "BWIK" */
#ifndef WIRE_VERSION /* tests build an agent of another one */
#define WIRE_VERSION 2
#endif
#define WIRE_MAX_BODY (1u << 20)   /* no body but a CALL's is longer; bulk data is many frames */
#define WIRE_MAX_CALL (8u << 20)   /* the body of a CALL, and its room */
#define WIRE_MAX_WINDOW (1u << 20) /* unanswered CALL bytes (headers and room included) that one thread
                                      may have, when it has more than one CALL */
#define WIRE_MAX_QUEUE 64          /* unanswered CALL and CLONE frames that one thread may have */
#define WIRE_MAX_CALLS 4096        /* calls in one batch */
#define WIRE_MAX_NOTE 4096         /* bytes of the note of a process, or of a held descriptor */
#define WIRE_MAX_NAME 255          /* bytes of a held descriptor's name, which is not empty and has no NUL */
#define WIRE_MAX_OUTPUTS 8         /* outputs of one service that are kept */
#define WIRE_NUMBERS 65536         /* thread numbers, and stream numbers */
#define WIRE_SMALL 4096            /* a REPLY with a longer body is bulk, as DATA is */

struct frame {
  uint32_t length; /* of the body */
  uint8_t type;    /* enum frame_type */
  uint8_t zero[3];
  uint32_t id;  /* a thread or a stream */
  uint32_t seq; /* of a request, echoed by its answer; of ENDED, the event's number; else 0 */
};
_Static_assert(sizeof(struct frame) == 16, "frame");

enum frame_type {
  /* ---- the core: program to agent ---- */
  FRAME_ATTACH = 1, /* body: struct attach; the first frame, and only that; answered by RESULT: 0, -EPROTONOSUPPORT
                     * (no such version), -ESTALE (its generation is not higher), -EBUSY (not vacant) */
  FRAME_LOOK,       /* answered by a STANDS for each process, then RESULT 0; -EBUSY while another one is answered */
  FRAME_SIGNAL,     /* id: a thread, or the service that it became; body: struct signal_request; RESULT 0, -ESRCH,
                     * -EAGAIN while it is being made, or what kill(2) says */
  FRAME_ACK,        /* seq: every ENDED up to this event is known, and its number is free */
  FRAME_DOWN,       /* ends everything on the host, then the stream */
  /* ---- version 2: program to agent ---- */
  FRAME_CLONE = 16, /* id: the thread that clones; body: struct clone_request; answered by CLONED */
  FRAME_CALL,       /* id: a thread; body: struct batch and what follows it; answered by REPLY */
  FRAME_INTERRUPT,  /* id: a thread; seq: the CALL to interrupt: its current or next call ends with EINTR */
  FRAME_STOP,       /* body: struct stop_entry, one or more, levels ascending; answered by RESULT 0 when all have ended
                     * and the program was told of each; -EINVAL, or -EBUSY when 64 are under way, and nothing is done */
  FRAME_NOTE,       /* id: a thread; body: bytes that the agent keeps for it, at most WIRE_MAX_NOTE */
  FRAME_WRITE,      /* id: a stream to a descriptor; body: bytes, at most the credit granted */
  FRAME_GRANT,      /* id: a stream from a descriptor; body: uint32_t, bytes more that may be sent */
  FRAME_CLOSE,      /* id: a stream; to a descriptor: after what is pending, and a second one: at once,
                     * dropping it; from one: at once */
  FRAME_ALIVE,      /* body: uint32_t, milliseconds: without a byte of the program for so long the agent ends
                     * everything; it says LIFE itself whenever it was silent for a quarter of it; 0 takes that back */
  FRAME_WINDOW,     /* body: uint64_t: bodies of DATA and of large REPLYs that the agent may have sent in all; a REPLY
                     * goes while any of it is left, and may exceed it */
  /* ---- version 2: program to a standing agent; one that does not stand answers RESULT -EOPNOTSUPP ---- */
  FRAME_KEEP,    /* id: a service; body: struct keep and its kept_outputs; it stays when its program goes. RESULT 0, or
                  * -ESRCH (no service of that number and instance), -EALREADY, -EBADF (no such stream) */
  FRAME_RELEASE, /* body: the name of a held descriptor, which is closed; RESULT 0 or -ENOENT */
  FRAME_OUTPUT,  /* id: a kept service; body: struct output_request; RESULT: where in the output the stream begins (bytes
                  * from there on that are missing are told by DROPPED), or -ESRCH, -ENOENT (it keeps no such output),
                  * -EBUSY (a number in use, or it is sent already) */

  /* ---- the core: agent to program ---- */
  FRAME_HELLO = 128, /* body: struct hello, then struct host and its strings */
  FRAME_STANDS,      /* id: a thread, seq: of the LOOK; body: struct stands and its note */
  FRAME_RESULT,      /* seq: of the request; body: int64_t, 0 or what the request says; or -errno */
  FRAME_ENDED,       /* id: a thread; seq: the event's number, counted from 1; body: struct ended */
  FRAME_FAIL,        /* body: text; the last frame before the agent ends the connection */
  /* ---- version 2: agent to program ---- */
  FRAME_CLONED = 144, /* id: the new thread; body: int64_t, its pid or -errno: -EAGAIN without a free slot,
                       * -ESRCH without a cloner, -EINVAL for flags that are not allowed, -EEXIST for a number that is
                       * in use, -ENOTSUP for a cloner in another PID namespace */
  FRAME_REPLY,        /* id: the thread; body: struct reply, results, outputs */
  FRAME_CHANGED,      /* id: a thread; body: struct changed: it stopped, or went on */
  FRAME_DATA,         /* id: a stream from a descriptor; body: bytes, at most the credit granted */
  FRAME_CREDIT,       /* id: a stream to a descriptor; body: uint32_t, bytes more that may be sent */
  FRAME_END,          /* id: a stream; body: int32_t errno, 0 at end of file or after CLOSE */
  FRAME_LIFE,         /* the agent is there */
  FRAME_RECEIVED,     /* body: uint64_t: bytes of the program's stream that the agent has taken in all; sent after
                       * each attach.report of them */
  FRAME_DROPPED,      /* id: a stream of a kept output; body: uint64_t: bytes of it that were dropped before what
                       * follows. Standing agents only, as with OUTPUT: it then need not hold a service up. */
};

enum wire_arch { ARCH_X86_64 = 1, ARCH_AARCH64 = 2 };

/* The core's part of HELLO. */
struct hello {
  uint32_t magic;
  uint16_t least, most;  /* versions that it speaks */
  uint8_t build[20];     /* NT_GNU_BUILD_ID of the agent's executable: which build it is */
  uint32_t host_length;  /* bytes that follow: struct host and its strings, in the layout of version `most` */
  uint64_t generation;   /* of the program in charge; 0: none was yet */
  uint64_t now;          /* the host's time */
};
_Static_assert(sizeof(struct hello) == 48, "hello");

struct host {
  uint16_t arch; /* enum wire_arch */
  uint16_t zero;
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
_Static_assert(sizeof(struct host) == 44, "host");

enum attach_mode {
  ATTACH_IF_VACANT = 1, /* refused while another program is attached */
  ATTACH_TAKE_OVER = 2, /* cuts a program of a lower generation off */
  ATTACH_LOOK = 3,      /* sees what stands, and may send no more than LOOK; has no generation */
};

struct attach {
  uint32_t magic;
  uint16_t version; /* that this program speaks from here on */
  uint16_t mode;    /* enum attach_mode */
  uint64_t generation;
  uint8_t program[16]; /* random, of this program's process */
  uint64_t window;     /* as WINDOW says it, to begin with */
  uint32_t report;     /* bytes after which RECEIVED is sent; 0: never */
  uint32_t zero;
};
_Static_assert(sizeof(struct attach) == 48, "attach");

enum stands_state {
  STANDS_THREAD = 1,
  STANDS_SERVICE = 2,
  STANDS_ENDED = 3, /* its ENDED is not acknowledged yet */
  STANDS_KEPT = 4,  /* a service that stays when its program goes */
  STANDS_HELD = 5,  /* a descriptor: its id, instance and pid are 0, and before its note are its name and NUL */
};

struct stands {
  uint64_t instance;
  uint64_t started; /* the time of its clone, or of its HOLD */
  uint32_t pid;
  uint32_t state; /* enum stands_state */
  /* its note follows */
};
_Static_assert(sizeof(struct stands) == 24, "stands");

struct signal_request {
  uint32_t number; /* signal(7); 0 asks whether the process is there */
  uint32_t group;  /* 1: its process group, when it leads one */
};
_Static_assert(sizeof(struct signal_request) == 8, "signal_request");

enum end_kind {
  END_EXITED = 1, /* status: exit status */
  END_KILLED,     /* status: signal */
  END_DUMPED,     /* status: signal; a core was written */
};
enum end_cause {
  CAUSE_ITSELF = 0,
  CAUSE_STOPPED = 1, /* a STOP had asked it to end, and its grace was not over */
  CAUSE_FORCED = 2,  /* a STOP killed it after its grace */
};
/* The agent sends it after all that the process wrote before, as far as credit allows. */
struct ended {
  uint64_t instance;
  uint64_t time;
  uint32_t kind;  /* enum end_kind */
  int32_t status;
  uint32_t cause; /* enum end_cause */
  uint32_t swept; /* processes of its tree that were left, and were killed with it */
  uint64_t user_us; /* getrusage(2) */
  uint64_t system_us;
  uint64_t maxrss_kib;
};
_Static_assert(sizeof(struct ended) == 56, "ended");

struct changed {
  uint32_t stopped; /* 1: it stopped, 0: it went on */
  int32_t status;   /* the signal */
};
_Static_assert(sizeof(struct changed) == 8, "changed");

struct clone_request {
  uint32_t child; /* number of the new thread */
  uint32_t zero;
  uint64_t flags; /* CLONE_NEW* only; 0 for an ordinary thread */
  uint64_t instance; /* random: which process this is, of all that ever have its number or pid */
};
_Static_assert(sizeof(struct clone_request) == 24, "clone_request");

/* All of a level are told to end at the same time: signal (and SIGCONT) to the process group, when it leads
 * one and not STOP_ALONE, and SIGKILL to the whole tree when `grace_ms` are over. A level begins when all of the one before have
 * ended. A number is whose it was when the frame came; one that is no process any more has ended. */
struct stop_entry {
  uint32_t level;
  uint32_t number;
  uint16_t signal;
  uint16_t flags;
  uint32_t grace_ms;
};
enum stop_flags { STOP_ALONE = 1 };
_Static_assert(sizeof(struct stop_entry) == 16, "stop_entry");

/* The frames of standing hosts. A program that attaches to one is told, as by LOOK, what stands, once all
 * that its predecessor did not keep has ended: threads, and services that were not ready.
 *
 * An output is a stream from a descriptor that the agent goes on reading when no program takes it. Its
 * bytes are counted from the first on; of those that no program took, the last `room` are there. Who comes
 * later asks for them by OUTPUT, under a stream number of its own. */
struct keep {
  uint64_t instance;
  uint32_t outputs; /* struct kept_output that follow, at most WIRE_MAX_OUTPUTS; OUTPUT counts them from 0 */
  uint32_t zero;
};
_Static_assert(sizeof(struct keep) == 16, "keep");

struct kept_output {
  uint32_t stream; /* a stream from a descriptor, which goes on as it is */
  uint32_t room;   /* bytes that are kept; 0: the agent's own default */
};
_Static_assert(sizeof(struct kept_output) == 8, "kept_output");

#define OUTPUT_FROM_NOW UINT64_MAX /* from the next byte that is written */

struct output_request {
  uint64_t from;   /* the first byte that is asked for; what a stream was sent before is not sent again */
  uint32_t output; /* which of the service's */
  uint32_t stream; /* the number that it is to have, until its END */
  uint32_t credit;
  uint32_t zero;
};
_Static_assert(sizeof(struct output_request) == 24, "output_request");

/* A batch: this header, then calls, patches and outputs in that order, then the blob, 8-byte aligned
 * throughout. The room is `room_length` bytes that follow the blob in memory and are not sent: offsets of
 * the blob go on in it. Nothing is known of its bytes until a call has written them, so an output in it
 * has a limit.
 *
 * The calls run in order; the first that fails ends the batch unless it is CALL_CONTINUE. What the calls
 * of a batch that ended by a failure had opened is closed, and so is what came by recvmsg(2). */
struct batch {
  uint32_t calls;
  uint32_t patches;
  uint32_t outputs;
  uint32_t blob_length;
  uint32_t room_length;
  uint32_t zero;
};
_Static_assert(sizeof(struct batch) == 24, "batch");

enum call_flags {
  CALL_CONTINUE = 1,
  CALL_OPENS = 2,      /* its result is a new descriptor */
  CALL_OPENS_PAIR = 4, /* it stores two new descriptors, int32_t each, where its argument `flags >> 8` points */
};

/* Two bits for each argument, argument 0 in the lowest. */
enum argument_kind {
  ARGUMENT_IMMEDIATE = 0, /* the value itself */
  ARGUMENT_BLOB = 1,      /* the address of this offset of the blob or the room */
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

/* A store just before call `before` runs; `before` never decreases. */
enum patch_kind {
  PATCH_POINTER = 1, /* uint64_t at `at`: the address of offset `from` */
  PATCH_RESULT = 2,  /* int32_t at `at`: the result of call `from`, which is earlier than `before` */
  PATCH_INT32 = 3,   /* int32_t at `at`: the int32_t at blob offset `from` */
  PATCH_STRINGS = 4, /* uint64_t array at `at`: the address of each of the strings that stand one after the other,
                      * each ended by NUL, from blob offset `from` on; then NULL. How many: the uint32_t
                      * at `from`, which the strings follow. */
};
struct patch {
  uint32_t before;
  uint32_t kind;
  uint32_t at;
  uint32_t from;
};
_Static_assert(sizeof(struct patch) == 16, "patch");

/* A range of blob or room to send back; ranges ascend and do not overlap. With a limit, no more bytes are
 * sent than the result of call `limit - 1` (none if that is negative or was not run). */
struct output {
  uint32_t offset;
  uint32_t length;
  uint32_t limit;
  uint32_t zero;
};
_Static_assert(sizeof(struct output) == 16, "output");

enum pseudo_call {
  /* (fd, stream, direction, credit): gives the agent its own copy of fd, which it makes non-blocking.
   * -EBADF for a direction that fd is not open for, -EINVAL for what cannot be a stream, -EBUSY for a
   * number that is in use. */
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
  /* (dirfd, path, mode): mkdirat(2); 1 if it failed and there is a directory already, whatever the error was. */
  PSEUDO_ENSURE_DIRECTORY,
  PSEUDO_END,
  /* Calls of standing hosts; to an agent that does not stand they are calls of an unknown number. */
  /* (fd, name, note, length): gives the agent its own copy of fd, which it holds under the name, with `length`
   * bytes of note, until RELEASE or DOWN; -EEXIST for a name that is in use. */
  PSEUDO_HOLD = 0x10100,
  /* (name): a new descriptor, close-on-exec, of the one that is held; -ENOENT. It is CALL_OPENS. */
  PSEUDO_TAKE,
};
enum stream_direction {
  STREAM_FROM_FD = 0, /* the program reads: agent sends DATA */
  STREAM_TO_FD = 1,   /* the program writes: program sends WRITE; `credit` is ignored */
};

struct reply {
  uint32_t done;   /* results that follow; the last one is the failure if the batch was cut short */
  uint32_t status; /* enum reply_status */
  /* int64_t results[done], then, when the status is REPLY_RAN, the output ranges without padding;
   * when it is REPLY_REFUSED, text */
};
_Static_assert(sizeof(struct reply) == 8, "reply");

enum reply_status {
  REPLY_RAN = 0,       /* to its end, or to its first failure */
  REPLY_EXECUTED = 1,  /* the last call executed a program: the thread is a service now */
  REPLY_GONE = 2,      /* the thread ended meanwhile; what call `done` did is not known */
  REPLY_NO_THREAD = 3, /* nothing was run: the thread had ended, or was never made */
  REPLY_REFUSED = 4,   /* nothing was run: the batch breaks a rule; the text says which */
};

#endif
