import assert from "node:assert/strict";
import { systemTest } from "bailiwick/testing";
import { startSystem } from "./system.ts";

systemTest("visitors are counted", async ({ nursery, thread, tmpdir }) => {
  const counter = await startSystem(nursery, thread, tmpdir, 0);
  assert.deepEqual(await counter.visit(), { visitor: 1 });
  assert.deepEqual(await counter.visit(), { visitor: 2 });
});
