import assert from "node:assert/strict";
import { again, fail, leave } from "./mod.ts";

Deno.test("again() starts what failed at once, with the arguments as they are", () => {
  const usual = { kind: "again", what: "one", after: 0, arguments: undefined };
  assert.deepEqual(again(), usual);
  assert.deepEqual(again("rest"), { ...usual, what: "rest" });
  assert.deepEqual(again({ what: "all", after: 5, arguments: { shards: 4 } }), {
    kind: "again",
    what: "all",
    after: 5,
    arguments: { shards: 4 },
  });
});

Deno.test("again() refuses what is no duration", () => {
  assert.throws(() => again({ after: -1 }), {
    name: "RangeError",
    message: "after is a duration of 0 or more milliseconds, not -1",
  });
});

Deno.test("leave() and fail() are data", () => {
  assert.deepEqual(leave(), { kind: "leave" });
  assert.deepEqual(fail("no use"), { kind: "fail", reason: "no use" });
  assert.deepEqual(fail(), { kind: "fail", reason: undefined });
});
