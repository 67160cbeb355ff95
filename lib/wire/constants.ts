/** The numbers of `native/common/wire.h`; `constants_test.ts` compares them with that file. */

export const WIRE = {
  MAGIC: 0x4b495742,
  VERSION: 2,
  MAX_BODY: 1 << 20,
  MAX_CALL: 8 << 20,
  MAX_WINDOW: 1 << 20,
  MAX_QUEUE: 64,
  MAX_CALLS: 4096,
  MAX_NOTE: 4096,
  MAX_NAME: 255,
  MAX_OUTPUTS: 8,
  NUMBERS: 65536,
  SMALL: 4096,
} as const;

export const FRAME = {
  ATTACH: 1,
  LOOK: 2,
  SIGNAL: 3,
  ACK: 4,
  DOWN: 5,
  CLONE: 16,
  CALL: 17,
  INTERRUPT: 18,
  STOP: 19,
  NOTE: 20,
  WRITE: 21,
  GRANT: 22,
  CLOSE: 23,
  ALIVE: 24,
  WINDOW: 25,
  KEEP: 26,
  RELEASE: 27,
  OUTPUT: 28,
  HELLO: 128,
  STANDS: 129,
  RESULT: 130,
  ENDED: 131,
  FAIL: 132,
  CLONED: 144,
  REPLY: 145,
  CHANGED: 146,
  DATA: 147,
  CREDIT: 148,
  END: 149,
  LIFE: 150,
  RECEIVED: 151,
  DROPPED: 152,
} as const;

export const ATTACH = { IF_VACANT: 1, TAKE_OVER: 2, LOOK: 3 } as const;

export const STANDS = { THREAD: 1, SERVICE: 2, ENDED: 3, KEPT: 4, HELD: 5 } as const;

export const END = { EXITED: 1, KILLED: 2, DUMPED: 3 } as const;

export const CAUSE = { ITSELF: 0, STOPPED: 1, FORCED: 2 } as const;

export const STOP = { ALONE: 1 } as const;

export const PSEUDO = {
  STREAM: 0x10000,
  COPY: 0x10001,
  WRITE_ALL: 0x10002,
  READ_FULL: 0x10003,
  REMOVE_TREE: 0x10004,
  ENSURE_DIRECTORY: 0x10005,
  HOLD: 0x10100,
  TAKE: 0x10101,
} as const;

export const STREAM = { FROM_FD: 0, TO_FD: 1 } as const;

export const CALL = { CONTINUE: 1, OPENS: 2, OPENS_PAIR: 4 } as const;

export const ARGUMENT = { IMMEDIATE: 0, BLOB: 1, RESULT: 2, INT32: 3 } as const;

export const PATCH = { POINTER: 1, RESULT: 2, INT32: 3, STRINGS: 4 } as const;

export const REPLY = { RAN: 0, EXECUTED: 1, GONE: 2, NO_THREAD: 3, REFUSED: 4 } as const;

export const HEADER_SIZE = 16;
