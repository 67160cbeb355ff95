import assert from "node:assert/strict";
import { BatchEncoder, Int32Ref, ResultRef } from "./batch.ts";
import { HEADER_SIZE, WIRE } from "./constants.ts";
import { LocalProtocolError } from "./errors.ts";
import { hex, join } from "./test_frames.ts";

const ENCODED = new TextEncoder().encode("/etc");

Deno.test("finish() lays a batch out as wire.h says", () => {
  const batch = new BatchEncoder();
  const path = batch.put(ENCODED, 1);
  const buffer = batch.room(16);
  const open = batch.call(257, [-100, path, 0x80000]);
  const read = batch.call(0, [new ResultRef(open), buffer, 16], true);
  batch.patchPointer(read, buffer.value + 8, path);
  batch.patchInt32(read, buffer.value, new ResultRef(open));
  batch.patchInt32(read, buffer.value + 4, new Int32Ref(path.value));
  batch.output(buffer, 16, read);
  batch.output(path, 5);
  assert.deepEqual(
    batch.finish(7, 9),
    join(
      hex("e8 00 00 00  02 00 00 00  07 00 00 00  09 00 00 00"),
      hex("02 00 00 00  03 00 00 00  02 00 00 00  18 00 00 00"),
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
      hex("08 00 00 00  10 00 00 00  02 00 00 00  00 00 00 00"),
      hex("00 00 00 00  05 00 00 00  00 00 00 00  00 00 00 00"),
      hex("2f 65 74 63 00 00 00 00"),
      new Uint8Array(16),
    ),
  );
});

Deno.test("finish() of an empty batch is a header and four zeros", () => {
  const bytes = new BatchEncoder().finish(1, 1);
  assert.deepEqual(bytes, join(hex("10000000 02000000 01000000 01000000"), new Uint8Array(16)));
});

/** The six arguments of a call, as the kernel gets them. */
function argumentsOf(...args: (number | bigint)[]): bigint[] {
  const batch = new BatchEncoder();
  batch.call(0, args);
  const bytes = batch.finish(1, 1);
  const view = new DataView(bytes.buffer, HEADER_SIZE + 16 + 8);
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
  const blob = batch.finish(1, 1).subarray(HEADER_SIZE + 16);
  assert.deepEqual(blob.subarray(0, 4), hex("04030201"));
  assert.deepEqual(blob.subarray(8 + 99_996), hex("05000000"));
});

Deno.test("call() refuses more calls than a batch may have", () => {
  const batch = new BatchEncoder();
  for (let i = 0; i < WIRE.MAX_CALLS; i++) assert.equal(batch.call(39, []), i);
  assert.throws(() => batch.call(39, []), LocalProtocolError);
  assert.equal(batch.finish(1, 1).length, HEADER_SIZE + 16 + WIRE.MAX_CALLS * 56);
});

Deno.test("finish() refuses what is larger than a frame, header included", () => {
  const fits = WIRE.MAX_BODY - HEADER_SIZE - 16;
  const largest = new BatchEncoder();
  largest.room(fits);
  assert.equal(largest.finish(1, 1).length, WIRE.MAX_BODY);
  const larger = new BatchEncoder();
  larger.room(fits + 1);
  assert.throws(() => larger.finish(1, 1), LocalProtocolError);
});

Deno.test("room() refuses more than a frame before it allocates it", () => {
  assert.throws(() => new BatchEncoder().room(2 ** 40), LocalProtocolError);
});
