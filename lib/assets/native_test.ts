import assert from "node:assert/strict";
import { AssetError, filePath, HELPER, nativePath, readAgent, readNative } from "./mod.ts";

Deno.test("readAgent() gives the bytes of a built file", async () => {
  const bytes = await readAgent("aarch64");
  assert.deepEqual([...bytes.subarray(0, 4)], [0x7f, 0x45, 0x4c, 0x46]);
});

Deno.test("HELPER is this machine's", () => {
  assert.ok(filePath(HELPER).endsWith(`/dist/native/${Deno.build.arch}/libbailiwick_ffi.so`));
});

Deno.test("a file that was not built is an error that says what to run, and where", async () => {
  const url = new URL("../../dist/native/x86_64/none", import.meta.url);
  const isExpected = (error: unknown) => {
    assert.ok(error instanceof AssetError && error.isMissing);
    assert.match(
      error.message,
      /^Cannot read \/.*\/x86_64\/none: there is no such file; run deno task build in \/.+$/,
    );
    return true;
  };
  await assert.rejects(() => readNative(url), isExpected);
  assert.throws(() => nativePath(url), isExpected);
});
