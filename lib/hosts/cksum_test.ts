import assert from "node:assert/strict";
import { cksum } from "./cksum.ts";

Deno.test("cksum() agrees with POSIX for empty, short and longer inputs", () => {
  assert.equal(cksum(new Uint8Array()), 4294967295);
  assert.equal(cksum(new TextEncoder().encode("123456789")), 930766865);
  assert.equal(cksum(new Uint8Array(1000).fill(7)), 1612108470);
});
