import assert from "node:assert/strict";
import { WIRE } from "./constants.ts";
import { LocalProtocolError } from "./errors.ts";
import { decodeDropped, encodeKeep, encodeOutput, encodeRelease } from "./standing.ts";
import { hex, int64s, join } from "./test_frames.ts";

Deno.test("encodeKeep() names a service and its outputs", () => {
  const outputs = [{ stream: 3, room: 0 }, { stream: 4, room: 1 << 20 }];
  assert.deepEqual(
    encodeKeep(2, 9, { instance: 0x0102030405060708n, outputs }),
    join(
      hex("20000000 1a000000 02000000 09000000"),
      hex("0807060504030201 02000000 00000000"),
      hex("03000000 00000000 04000000 00001000"),
    ),
  );
  const many = Array(WIRE.MAX_OUTPUTS + 1).fill(outputs[0]);
  assert.throws(() => encodeKeep(2, 9, { instance: 1n, outputs: many }), LocalProtocolError);
});

Deno.test("encodeRelease() carries a name that a descriptor can have", () => {
  assert.deepEqual(
    encodeRelease(9, "web"),
    hex("03000000 1b000000 00000000 09000000 776562"),
  );
  assert.equal(encodeRelease(9, "ä".repeat(127)).length, 16 + 254);
  for (const name of ["", "a\0b", "ä".repeat(128)]) {
    assert.throws(() => encodeRelease(9, name), LocalProtocolError);
  }
});

Deno.test("encodeOutput() asks from a byte on, or from now", () => {
  const request = { output: 1, stream: 7, credit: 4096 };
  assert.deepEqual(
    encodeOutput(2, 9, { ...request, from: 2n ** 33n + 5n }),
    join(
      hex("18000000 1c000000 02000000 09000000"),
      hex("0500000002000000 01000000 07000000 00100000 00000000"),
    ),
  );
  const now = encodeOutput(2, 9, { ...request, from: "now" });
  assert.deepEqual(now.subarray(16, 24), hex("ffffffffffffffff"));
});

Deno.test("decodeDropped() reads more than 32 bits", () => {
  assert.equal(decodeDropped(int64s(2 ** 40 + 1)), 2n ** 40n + 1n);
});
