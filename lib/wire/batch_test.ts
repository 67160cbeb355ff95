import assert from "node:assert/strict";
import { Int32Ref, ResultRef } from "./arguments.ts";
import { BatchEncoder } from "./batch.ts";
import { HEADER_SIZE, WIRE } from "./constants.ts";
import { LocalProtocolError } from "./errors.ts";
import { hex, join } from "./test_frames.ts";

/** Where a frame's calls begin. */
const BATCH_AT = HEADER_SIZE + 24;
const ENCODED = new TextEncoder().encode("/etc");

Deno.test("finish() lays a batch out as wire.h says", () => {
  const batch = new BatchEncoder();
  const path = batch.put(ENCODED, 1);
  const buffer = batch.room(16);
  const open = batch.call(257, [-100, path, 0x80000]);
  const read = batch.call(0, [new ResultRef(open), buffer, 16], { proceed: true });
  batch.patchPointer(read, buffer.value + 8, path);
  batch.patchInt32(read, buffer.value, new ResultRef(open));
  batch.patchInt32(read, buffer.value + 4, new Int32Ref(path.value));
  batch.output(buffer, 16, read);
  batch.output(path, 5);
  assert.deepEqual(
    batch.finish(7, 9),
    join(
      hex("f0 00 00 00  11 00 00 00  07 00 00 00  09 00 00 00"),
      hex("02 00 00 00  03 00 00 00  02 00 00 00  18 00 00 00  00 00 00 00  00 00 00 00"),
      // openat, argument 1 an offset of the blob
      hex("01 01 00 00  00 00  04 00"),
      hex("9c ff ff ff ff ff ff ff  00 00 00 00 00 00 00 00  00 00 08 00 00 00 00 00"),
      new Uint8Array(24),
      // read, CALL_CONTINUE, argument 0 a result, argument 1 an offset of the blob
      hex("00 00 00 00  01 00  06 00"),
      hex("00 00 00 00 00 00 00 00  08 00 00 00 00 00 00 00  10 00 00 00 00 00 00 00"),
      new Uint8Array(24),
      hex("01 00 00 00  01 00 00 00  10 00 00 00  00 00 00 00"),
      hex("01 00 00 00  02 00 00 00  08 00 00 00  00 00 00 00"),
      hex("01 00 00 00  03 00 00 00  0c 00 00 00  00 00 00 00"),
      // The ranges in the order of their offsets.
      hex("00 00 00 00  05 00 00 00  00 00 00 00  00 00 00 00"),
      hex("08 00 00 00  10 00 00 00  02 00 00 00  00 00 00 00"),
      hex("2f 65 74 63 00 00 00 00"),
      new Uint8Array(16),
    ),
  );
});

Deno.test("finish() of an empty batch is a header and six zeros", () => {
  const bytes = new BatchEncoder().finish(1, 1);
  assert.deepEqual(bytes, join(hex("18000000 11000000 01000000 01000000"), new Uint8Array(24)));
});

/** The six arguments of a call, as the kernel gets them. */
function argumentsOf(...args: (number | bigint)[]): bigint[] {
  const batch = new BatchEncoder();
  batch.call(0, args);
  const bytes = batch.finish(1, 1);
  const view = new DataView(bytes.buffer, BATCH_AT + 8);
  return Array.from({ length: 6 }, (_, index) => view.getBigInt64(index * 8, true));
}

Deno.test("call() sign-extends numbers to 64 bits", () => {
  const values = [0, 1, -1, -100, 2 ** 31, 2 ** 32 - 1, -(2 ** 31), 2 ** 53, -(2 ** 53) + 1];
  for (const value of values) assert.equal(argumentsOf(value)[0], BigInt(value), `${value}`);
});

Deno.test("call() takes signed and unsigned 64-bit integers", () => {
  const all = argumentsOf(0n, -1n, 2n ** 63n - 1n, 2n ** 64n - 1n, -(2n ** 63n), 7n);
  assert.deepEqual(all, [0n, -1n, 2n ** 63n - 1n, -1n, -(2n ** 63n), 7n]);
});

Deno.test("room() and put() align to 8 bytes, and give zeros", () => {
  const batch = new BatchEncoder();
  const offsets = [1, 8, 9, 0, 3].map((length) => batch.room(length).value);
  assert.deepEqual(offsets, [0, 8, 16, 32, 32]);
  assert.equal(batch.put(ENCODED, 4).value, 40);
  assert.equal(batch.room(1).value, 48);
  assert.deepEqual(new Uint8Array(batch.blobView().buffer, 0, 40), new Uint8Array(40));
});

Deno.test("blobView() can fill what room() gave, before and after the blob grows", () => {
  const batch = new BatchEncoder();
  const first = batch.room(4);
  batch.blobView().setUint32(first.value, 0x01020304, true);
  const second = batch.room(100_000);
  batch.blobView().setUint32(second.value + 99_996, 5, true);
  const blob = batch.finish(1, 1).subarray(BATCH_AT);
  assert.deepEqual(blob.subarray(0, 4), hex("04030201"));
  assert.deepEqual(blob.subarray(8 + 99_996), hex("05000000"));
});

Deno.test("call() refuses more calls than a batch may have", () => {
  const batch = new BatchEncoder();
  for (let i = 0; i < WIRE.MAX_CALLS; i++) assert.equal(batch.call(39, []), i);
  assert.throws(() => batch.call(39, []), LocalProtocolError);
  assert.equal(batch.finish(1, 1).length, BATCH_AT + WIRE.MAX_CALLS * 56);
});

Deno.test("finish() refuses more than an agent takes, room included", () => {
  for (
    const ask of [
      (b: BatchEncoder, n: number) => b.room(n),
      (b: BatchEncoder, n: number) => b.space(n),
    ]
  ) {
    const largest = new BatchEncoder();
    ask(largest, WIRE.MAX_CALL - 24);
    const sent = largest.finish(1, 1).length - HEADER_SIZE;
    assert.equal(sent + largest.spaceLength, WIRE.MAX_CALL);
    const larger = new BatchEncoder();
    ask(larger, WIRE.MAX_CALL - 23);
    assert.throws(() => larger.finish(1, 1), {
      name: "LocalProtocolError",
      message: /use a stream/,
    });
  }
});

Deno.test("finish() refuses a batch whose reply would be larger than a frame", () => {
  const batch = new BatchEncoder();
  batch.output(batch.space(WIRE.MAX_BODY), WIRE.MAX_BODY, batch.call(0, []));
  assert.throws(() => batch.finish(1, 1), { name: "LocalProtocolError", message: /ask for less/ });
});

Deno.test("room() and space() refuse what no batch has before they allocate it", () => {
  for (const length of [2 ** 40, -1, 0.5, NaN]) {
    assert.throws(() => new BatchEncoder().room(length), RangeError);
    assert.throws(() => new BatchEncoder().space(length), RangeError);
  }
});

Deno.test("call() refuses a seventh argument", () => {
  const batch = new BatchEncoder();
  assert.throws(() => batch.call(0, [1, 2, 3, 4, 5, 6, 7]), {
    name: "RangeError",
    message: "A system call takes at most 6 arguments, not 7",
  });
});

Deno.test("call() says what a call opens, and where it stores a pair", () => {
  const batch = new BatchEncoder();
  batch.call(257, [], { opens: "result" });
  batch.call(53, [], { opens: { pair: 3 }, proceed: true });
  const view = new DataView(batch.finish(1, 1).buffer, BATCH_AT);
  assert.deepEqual([view.getUint16(4, true), view.getUint16(56 + 4, true)], [2, 0x0305]);
});

Deno.test("space() is not sent, and begins where the blob ends", () => {
  const batch = new BatchEncoder();
  const first = batch.space(100_000);
  const path = batch.put(ENCODED, 1);
  const second = batch.space(8);
  const read = batch.call(0, [3, first, 100_000]);
  batch.call(0, [3, second, 8]);
  batch.patchPointer(1, path.value, second);
  batch.output(second, 8, 1);
  batch.output(first, 100_000, read);
  const bytes = batch.finish(1, 1);
  assert.equal(batch.spaceLength, 100_008);
  assert.equal(bytes.length, BATCH_AT + 2 * 56 + 16 + 2 * 16 + 8);
  const word = (at: number) => new DataView(bytes.buffer).getUint32(at, true);
  assert.deepEqual([word(HEADER_SIZE + 12), word(HEADER_SIZE + 16)], [8, 100_008]);
  assert.deepEqual([word(BATCH_AT + 16), word(BATCH_AT + 56 + 16)], [8, 100_008]);
  assert.deepEqual([word(BATCH_AT + 112 + 8), word(BATCH_AT + 112 + 12)], [0, 100_008]);
  assert.deepEqual(batch.outputs.map(({ ref }) => ref), [first, second]);
  assert.deepEqual([word(BATCH_AT + 128), word(BATCH_AT + 128 + 16)], [8, 100_008]);
});

Deno.test("output() of the space needs a limit", () => {
  const batch = new BatchEncoder();
  assert.throws(() => batch.output(batch.space(8), 8), LocalProtocolError);
});

Deno.test("strings() sends the strings in one piece, and no pointers", () => {
  const batch = new BatchEncoder();
  batch.call(0, []);
  const array = batch.strings(["ab", "", "c"]);
  batch.call(59, [0, array]);
  const bytes = batch.finish(1, 1);
  assert.equal(batch.spaceLength, 32);
  const tail = join(
    hex("01 00 00 00  04 00 00 00  10 00 00 00  00 00 00 00"),
    hex("03 00 00 00  61 62 00 00 63 00  00 00 00 00 00 00"),
  );
  assert.deepEqual(bytes.subarray(-tail.length), tail);
  assert.throws(() => batch.strings(["a\0b"]), { name: "RangeError", message: /cannot hold NUL/ });
});

Deno.test("finishInMemory() has the space behind the body", () => {
  const batch = new BatchEncoder();
  batch.call(0, [3, batch.space(100), 100]);
  const body = batch.finishInMemory();
  assert.equal(body.length, 24 + 56 + 104);
  assert.equal(body.byteOffset % 8, 0);
  assert.deepEqual(body.subarray(-104), new Uint8Array(104));
});
