import assert from "node:assert/strict";
import { type Nursery, supervise } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { startSystem } from "./system.ts";

systemTest("visitors are counted", async ({ nursery, thread, tmpdir }) => {
  const start = (nursery: Nursery) => startSystem(nursery, thread, tmpdir, 0);
  const counter = await supervise(nursery, "", start); // as `up` does
  assert.deepEqual(await counter.visit(), { visitor: 1 });
  assert.deepEqual(await counter.visit(), { visitor: 2 });
});
