import assert from "node:assert/strict";
import { scopeTable } from "./mod.ts";

Deno.test("scopeTable() names the scopes that do not simply stand, and why", () => {
  const rows = [
    { path: "", state: "standing", reason: undefined, since: 0 },
    { path: "orders", state: "held", reason: "Failed 6 times in 10 minutes", since: 0 },
  ] as const;
  const [head, row, ...more] = scopeTable(rows).split("\n");
  assert.match(head!, /^SCOPE +STATE +WHY/);
  assert.match(row!, /^orders +held +Failed 6 times in 10 minutes/);
  assert.deepEqual(more, []);
  assert.equal(scopeTable(rows.slice(0, 1)), "");
});
