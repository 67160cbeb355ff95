import assert from "node:assert/strict";
import { FRAME, HEADER_SIZE, WIRE } from "./constants.ts";
import { RemoteProtocolError } from "./errors.ts";
import { encodeWords, type Frame, FrameReader, int64 } from "./frame.ts";
import { frameBytes, hex, int64s, join, read, words } from "./test_frames.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** One frame of each type that an agent sends. */
const CONVERSATION: readonly Frame[] = [
  { type: FRAME.HELLO, id: 0, seq: 0, body: new Uint8Array(50) },
  { type: FRAME.CLONED, id: 2, seq: 1, body: int64s(4711) },
  { type: FRAME.REPLY, id: 2, seq: 2, body: join(words(1, 0), int64s(-2)) },
  { type: FRAME.RESULT, id: 2, seq: 3, body: int64s(0) },
  { type: FRAME.DATA, id: 5, seq: 0, body: text("some bytes of a stream") },
  { type: FRAME.LIFE, id: 0, seq: 0, body: text("") },
  { type: FRAME.CREDIT, id: 6, seq: 0, body: words(1024) },
  { type: FRAME.RECEIVED, id: 0, seq: 0, body: int64s(65536) },
  { type: FRAME.DROPPED, id: 7, seq: 0, body: int64s(65536) },
  { type: FRAME.END, id: 5, seq: 0, body: words(0) },
  { type: FRAME.STANDS, id: 4, seq: 9, body: new Uint8Array(30) },
  { type: FRAME.CHANGED, id: 4, seq: 0, body: words(1, 19) },
  { type: FRAME.ENDED, id: 65535, seq: 1, body: new Uint8Array(56) },
  { type: FRAME.FAIL, id: 0, seq: 0, body: text("") },
];

function bytesOf({ type, id, seq, body }: Frame): Uint8Array {
  return frameBytes(type, { id, seq, body });
}

/** Frames with the pieces of one DATA frame joined. */
function joined(frames: readonly Frame[]): Frame[] {
  const result: Frame[] = [];
  for (const frame of frames) {
    const last = result.at(-1);
    if (frame.type === FRAME.DATA && last?.type === FRAME.DATA && last.id === frame.id) {
      result[result.length - 1] = { ...last, body: join(last.body, frame.body) };
    } else result.push(frame);
  }
  return result;
}

Deno.test("encodeWords() lays a frame out as wire.h says", () => {
  assert.deepEqual(
    encodeWords(FRAME.SIGNAL, 3, 0xfffffffe, [15, 1]),
    hex("08000000 03000000 03000000 feffffff 0f000000 01000000"),
  );
});

Deno.test("int64() reads both signs", () => {
  for (const value of [0, 1, -1, -4096, 2 ** 32, -(2 ** 32), 2 ** 53 - 1]) {
    assert.equal(int64(new DataView(int64s(value).buffer as ArrayBuffer), 0), value);
  }
});

Deno.test("push() reads every type of frame", () => {
  assert.deepEqual(read(join(...CONVERSATION.map(bytesOf))), CONVERSATION);
});

Deno.test("push() reads the same wherever the stream is split", () => {
  const bytes = join(...CONVERSATION.map(bytesOf));
  for (let at = 0; at <= bytes.length; at++) {
    const frames = read(bytes.subarray(0, at), bytes.subarray(at));
    assert.deepEqual(joined(frames), CONVERSATION, `split at ${at}`);
  }
});

Deno.test("push() reads the same byte by byte", () => {
  const bytes = join(...CONVERSATION.map(bytesOf));
  assert.deepEqual(joined(read(...Array.from(bytes, (byte) => Uint8Array.of(byte)))), CONVERSATION);
});

Deno.test("atBoundary tells whether a frame is unfinished", () => {
  const bytes = bytesOf(CONVERSATION[1]!);
  const reader = new FrameReader();
  for (let at = 0; at < bytes.length; at++) {
    assert.equal(reader.atBoundary, at === 0, `after ${at} bytes`);
    reader.push(bytes.subarray(at, at + 1), () => {});
  }
  assert.ok(reader.atBoundary);
});

Deno.test("push() hands DATA on uncopied, as it arrives", () => {
  const bytes = frameBytes(FRAME.DATA, { id: 1, body: text("0123456789") });
  const [first, second] = [bytes.subarray(0, HEADER_SIZE + 4), bytes.subarray(HEADER_SIZE + 4)];
  const frames = read(first, second);
  assert.deepEqual(frames.map(({ body }) => body), [text("0123"), text("456789")]);
  for (const { body } of frames) assert.equal(body.buffer, bytes.buffer);
});

Deno.test("push() owns the body of every other frame", () => {
  const bytes = join(...CONVERSATION.map(bytesOf));
  const frames = read(bytes).filter(({ type }) => type !== FRAME.DATA);
  bytes.fill(0xff);
  assert.deepEqual(frames, CONVERSATION.filter(({ type }) => type !== FRAME.DATA));
});

const HOSTILE: Readonly<Record<string, Uint8Array>> = {
  "type 0": frameBytes(0),
  "a type that only programs send": frameBytes(FRAME.CALL, { body: new Uint8Array(16) }),
  "type 152": frameBytes(152),
  "type 255": frameBytes(255),
  "a short hello": frameBytes(FRAME.HELLO, { body: new Uint8Array(47) }),
  "a long CLONED": frameBytes(FRAME.CLONED, { body: new Uint8Array(9) }),
  "a short REPLY": frameBytes(FRAME.REPLY, { body: new Uint8Array(7) }),
  "a RESULT without a body": frameBytes(FRAME.RESULT),
  "an ENDED of 55 bytes": frameBytes(FRAME.ENDED, { body: new Uint8Array(55) }),
  "a CHANGED of 9 bytes": frameBytes(FRAME.CHANGED, { body: new Uint8Array(9) }),
  "a STANDS with a note that is too long": frameBytes(FRAME.STANDS, {
    body: new Uint8Array(24 + WIRE.MAX_NAME + 1 + WIRE.MAX_NOTE + 1),
  }),
  "a LIFE with a body": frameBytes(FRAME.LIFE, { body: new Uint8Array(1) }),
  "a RECEIVED of 4 bytes": frameBytes(FRAME.RECEIVED, { body: new Uint8Array(4) }),
  "empty DATA": frameBytes(FRAME.DATA),
  "a CREDIT of 5 bytes": frameBytes(FRAME.CREDIT, { body: new Uint8Array(5) }),
  "an END of 3 bytes": frameBytes(FRAME.END, { body: new Uint8Array(3) }),
  "a FAIL of 4097 bytes": frameBytes(FRAME.FAIL, { body: new Uint8Array(4097) }),
  "thread 65536": frameBytes(FRAME.CLONED, { id: 65536, body: int64s(1) }),
  "thread 2^32-1": frameBytes(FRAME.CLONED, { id: 2 ** 32 - 1, body: int64s(1) }),
  "HTTP": text("HTTP/1.1 400 Bad Request\r\n"),
  "a banner": text("Welcome to db1! Last login: never\n"),
};

Deno.test("push() throws RemoteProtocolError at a frame that breaks the protocol", () => {
  for (const [what, bytes] of Object.entries(HOSTILE)) {
    assert.throws(() => read(bytes), RemoteProtocolError, what);
    assert.throws(() => read(bytes.subarray(0, HEADER_SIZE)), RemoteProtocolError, what);
  }
});

Deno.test("push() throws when a reserved byte is set", () => {
  for (const at of [5, 6, 7]) {
    const bytes = bytesOf(CONVERSATION[1]!);
    bytes[at] = 1;
    assert.throws(() => read(bytes), { message: /reserved/ });
  }
});

Deno.test("push() throws at a length over the limit before it takes the body", () => {
  for (const type of [FRAME.HELLO, FRAME.REPLY, FRAME.DATA]) {
    const header = frameBytes(type);
    for (const length of [WIRE.MAX_BODY + 1, 2 ** 31, 2 ** 32 - 1]) {
      new DataView(header.buffer).setUint32(0, length, true);
      assert.throws(() => read(header), RemoteProtocolError);
    }
  }
});

Deno.test("push() hands on what came before a bad frame, and stays broken after it", () => {
  const reader = new FrameReader();
  const frames: Frame[] = [];
  const good = bytesOf(CONVERSATION[1]!);
  const onFrame = (frame: Frame) => frames.push(frame);
  assert.throws(() => reader.push(join(good, frameBytes(0), good), onFrame), RemoteProtocolError);
  assert.deepEqual(frames, [CONVERSATION[1]]);
  assert.throws(() => reader.push(good, onFrame), RemoteProtocolError);
  assert.equal(frames.length, 1);
});
