import assert from "node:assert/strict";
import { counts } from "./ok.ts";

Deno.test("counts() reads the last summary of deno test", () => {
  const output =
    "noise\nok | 9 passed | 9 failed\nFAILED | 12 passed (3 steps) | 1 failed | 2 ignored (1s)\n";
  assert.deepEqual(counts(output), { passed: 12, failed: 1, ignored: 2 });
  assert.deepEqual(counts("\nok | 15 passed | 0 failed (112ms)\n"), {
    passed: 15,
    failed: 0,
    ignored: 0,
  });
  assert.deepEqual(counts("\nok | 1 passed | 0 failed (4 steps) | 3 ignored (1 step) (1s)\n"), {
    passed: 1,
    failed: 0,
    ignored: 4,
  });
  assert.equal(counts("error: Type checking failed."), undefined);
});
