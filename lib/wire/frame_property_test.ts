/**
 * The invariant of the reader: any bytes, in any chunks, parse or throw RemoteProtocolError, nothing
 * else; what is handed on is within the protocol's limits; and how the bytes are chunked changes
 * nothing.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { FRAME, WIRE } from "./constants.ts";
import { RemoteProtocolError } from "./errors.ts";
import { type Frame, FrameReader } from "./frame.ts";
import { frameBytes, join } from "./test_frames.ts";

const LENGTHS: Readonly<Record<number, readonly number[]>> = {
  [FRAME.HELLO]: [48, 100],
  [FRAME.CLONED]: [8],
  [FRAME.REPLY]: [8, 16, 300],
  [FRAME.RESULT]: [8],
  [FRAME.STANDS]: [24, 40],
  [FRAME.ENDED]: [56],
  [FRAME.CHANGED]: [8],
  [FRAME.LIFE]: [0],
  [FRAME.RECEIVED]: [8],
  [FRAME.DROPPED]: [8],
  [FRAME.DATA]: [1, 5, 200],
  [FRAME.CREDIT]: [4],
  [FRAME.END]: [4],
  [FRAME.FAIL]: [0, 12],
};

const goodFrame = fc.constantFrom(...Object.keys(LENGTHS).map(Number)).chain((type) =>
  fc.record({
    id: fc.nat(WIRE.NUMBERS - 1),
    seq: fc.nat(),
    body: fc.constantFrom(...LENGTHS[type]!)
      .chain((length) => fc.uint8Array({ minLength: length, maxLength: length })),
  }).map((rest) => frameBytes(type, rest))
);

const goodStream = fc.array(goodFrame, { maxLength: 6 }).map((frames) => join(...frames));

/** A good stream with some of its bits flipped. */
const flippedStream = fc.tuple(goodStream, fc.array(fc.nat(), { minLength: 1, maxLength: 4 }))
  .map(([bytes, flips]) => {
    for (const flip of flips) {
      if (bytes.length > 0) bytes[(flip >> 3) % bytes.length]! ^= 1 << (flip & 7);
    }
    return bytes;
  });

const anyStream = fc.oneof(fc.uint8Array({ maxLength: 200 }), flippedStream, goodStream);

/** Lengths of chunks, used over and over. */
const chunking = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

function chunks(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const result: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    result.push(bytes.subarray(at, at += lengths[i % lengths.length]!));
  }
  return result;
}

/** What a reader makes of it: frames, and whether it broke. DATA is compared byte by byte. */
function outcome(parts: readonly Uint8Array[]): { frames: string[]; broken: boolean } {
  const reader = new FrameReader();
  const frames: string[] = [];
  const onFrame = ({ type, id, seq, body }: Frame) => {
    assert.ok(id < WIRE.NUMBERS && body.length <= WIRE.MAX_BODY && type in LENGTHS);
    if (type === FRAME.DATA) body.forEach((byte) => frames.push(`DATA ${id} ${seq} ${byte}`));
    else frames.push(`${type} ${id} ${seq} ${body}`);
  };
  for (const part of parts) {
    try {
      reader.push(part, onFrame);
    } catch (error) {
      assert.ok(error instanceof RemoteProtocolError, `${error}`);
      return { frames, broken: true };
    }
  }
  return { frames, broken: false };
}

Deno.test("push() parses any bytes or throws RemoteProtocolError, however they are chunked", () => {
  fc.assert(
    fc.property(anyStream, chunking, (bytes, lengths) => {
      assert.deepEqual(outcome(chunks(bytes, lengths)), outcome([bytes]));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("push() accepts every stream of good frames", () => {
  fc.assert(fc.property(goodStream, chunking, (bytes, lengths) => {
    assert.equal(outcome(chunks(bytes, lengths)).broken, false);
  }));
});

Deno.test("push() notices each flipped bit of a header's length, type and reserved bytes, or reads on", () => {
  const bytes = frameBytes(FRAME.CLONED, { id: 3, seq: 4, body: new Uint8Array(8) });
  for (let bit = 0; bit < 8 * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    const { frames, broken } = outcome([flipped]);
    // A flipped type may be another type with a body of this length.
    assert.ok(broken || frames.every((frame) => !frame.startsWith(`${FRAME.CLONED} `)), `${bit}`);
  }
});
