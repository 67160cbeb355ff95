import assert from "node:assert/strict";
import { WIRE } from "./constants.ts";
import { LocalProtocolError } from "./errors.ts";
import { encodeAttach, encodeClone, encodeNote, encodeStop, encodeWindow } from "./requests.ts";
import { hex, join } from "./test_frames.ts";

Deno.test("encodeAttach() lays the first frame out as wire.h says", () => {
  const program = hex("000102030405060708090a0b0c0d0e0f");
  const attachment = { generation: 1n, program, window: 2 ** 33 + 5, report: 4096 };
  assert.deepEqual(
    encodeAttach(1, attachment),
    join(
      hex("30000000 01000000 00000000 01000000"),
      hex("42574 94b 0200 0200 0100000000000000"),
      program,
      hex("0500000002000000 00100000 00000000"),
    ),
  );
});

Deno.test("encodeClone() carries flags and instance whole", () => {
  const request = { child: 5, flags: 0x80000000 | 0, instance: 0x0102030405060708n };
  assert.deepEqual(
    encodeClone(2, 9, request),
    join(
      hex("18000000 10000000 02000000 09000000"),
      hex("05000000 00000000 0000008000000000 0807060504030201"),
    ),
  );
});

Deno.test("encodeStop() numbers the levels, and says who is told alone", () => {
  const levels = [
    [{ thread: 5, signal: 15, grace: 5000 }, { thread: 6, signal: 2, alone: true, grace: 0.4 }],
    [{ thread: 7, signal: 15, grace: Infinity }],
  ];
  assert.deepEqual(
    encodeStop(3, levels),
    join(
      hex("30000000 13000000 00000000 03000000"),
      hex("00000000 05000000 0f000000 88130000"),
      hex("00000000 06000000 02000100 00000000"),
      hex("01000000 07000000 0f000000 ffffffff"),
    ),
  );
});

Deno.test("encodeStop() refuses none, and more than a frame holds", () => {
  const entry = { thread: 5, signal: 15, grace: 5000 };
  assert.throws(() => encodeStop(1, []), LocalProtocolError);
  assert.equal(encodeStop(1, [Array(WIRE.NUMBERS).fill(entry)]).length, 16 + WIRE.MAX_BODY);
  assert.throws(() => encodeStop(1, [Array(WIRE.NUMBERS + 1).fill(entry)]), LocalProtocolError);
});

Deno.test("encodeNote() carries bytes, and no more than an agent keeps", () => {
  assert.deepEqual(encodeNote(5, hex("0a0b")), hex("02000000 14000000 05000000 00000000 0a0b"));
  assert.throws(() => encodeNote(5, new Uint8Array(WIRE.MAX_NOTE + 1)), LocalProtocolError);
});

Deno.test("encodeWindow() carries more than 32 bits", () => {
  assert.deepEqual(
    encodeWindow(2 ** 33 + 5),
    hex("08000000 19000000 00000000 00000000 05000000 02000000"),
  );
});
