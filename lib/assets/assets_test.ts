import assert from "node:assert/strict";
import { asset, assetPath, assetsRoot, assetSync } from "./mod.ts";

Deno.test("assetPath() is below dist/native when run from source", () => {
  assert.equal(assetPath("x86_64", "launcher"), `${assetsRoot}/x86_64/launcher`);
  assert.ok(assetsRoot.endsWith("/dist/native"));
});

Deno.test("asset() gives the bytes of a built file", async () => {
  const bytes = await asset("aarch64", "launcher");
  assert.deepEqual([...bytes.subarray(0, 4)], [0x7f, 0x45, 0x4c, 0x46]);
  assert.deepEqual(bytes, assetSync("aarch64", "launcher"));
});

Deno.test("asset() says what to run when a file was not built", async () => {
  const message = /Cannot read .*\/x86_64\/none: there is no such file; run deno task build/;
  await assert.rejects(() => asset("x86_64", "none"), message);
  assert.throws(() => assetSync("x86_64", "none"), message);
});
