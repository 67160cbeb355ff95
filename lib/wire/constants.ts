/** The numbers of `native/common/wire.h`; `constants_test.ts` compares them with that file. */

export const WIRE = {
  MAGIC: 0x4b495742,
  VERSION: 1,
  MAX_BODY: 1 << 20,
  MAX_WINDOW: 1 << 20,
  MAX_QUEUE: 64,
  MAX_CALLS: 4096,
  NUMBERS: 65536,
} as const;

export const FRAME = {
  CLONE: 1,
  CALL: 2,
  SIGNAL: 3,
  INTERRUPT: 4,
  WRITE: 5,
  GRANT: 6,
  CLOSE: 7,
  ALIVE: 8,
  HELLO: 128,
  CLONED: 129,
  REPLY: 130,
  RESULT: 131,
  CHILD: 132,
  DATA: 133,
  CREDIT: 134,
  END: 135,
  FAIL: 136,
} as const;

export const PSEUDO = {
  STREAM: 0x10000,
  COPY: 0x10001,
  WRITE_ALL: 0x10002,
  READ_FULL: 0x10003,
  REMOVE_TREE: 0x10004,
} as const;

export const STREAM = { FROM_FD: 0, TO_FD: 1 } as const;

export const CALL = { CONTINUE: 1 } as const;

export const ARGUMENT = { IMMEDIATE: 0, BLOB: 1, RESULT: 2, INT32: 3 } as const;

export const PATCH = { POINTER: 1, RESULT: 2, INT32: 3 } as const;

export const REPLY = { RAN: 0, EXECUTED: 1, GONE: 2, NO_THREAD: 3 } as const;

export const CHILD = { EXITED: 1, KILLED: 2, DUMPED: 3, STOPPED: 4, CONTINUED: 5 } as const;

export const HEADER_SIZE = 16;
