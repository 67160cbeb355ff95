import assert from "node:assert/strict";
import fc from "fast-check";
import { SCM, SOL } from "../../abi/mod.ts";
import { rights } from "./message.ts";

/** A control message, padded as the kernel does; its length is what it is without that. */
function control(level: number, type: number, words: readonly number[]): number[] {
  const length = 16 + words.length * 4;
  const bytes = new Uint8Array((length + 7) & ~7);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(length), true);
  view.setInt32(8, level, true);
  view.setInt32(12, type, true);
  words.forEach((word, index) => view.setInt32(16 + index * 4, word, true));
  return [...bytes];
}

Deno.test("rights() reads descriptors, whatever other messages there are", () => {
  const messages = [
    control(SOL.SOCKET, SCM.CREDENTIALS, [15670, 0, 0]),
    control(SOL.SOCKET, SCM.RIGHTS, [7]),
    control(0, SCM.RIGHTS, [99]),
    control(SOL.SOCKET, SCM.RIGHTS, [8, 9]),
  ];
  assert.deepEqual(rights(Uint8Array.from(messages.flat())), [7, 8, 9]);
  assert.deepEqual(rights(new Uint8Array(0)), []);
  const endless = control(0, 0, []);
  endless[4] = 1;
  assert.deepEqual(rights(Uint8Array.from(endless)), []);
});

Deno.test("rights() gives any bytes a meaning", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
    assert.ok(rights(bytes).length <= bytes.length / 4);
  }));
});
