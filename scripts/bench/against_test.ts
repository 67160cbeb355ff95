import assert from "node:assert/strict";
import { comparison } from "./against.ts";
import type { Row } from "./row.ts";

function row(unit: string, median: number): Row[] {
  const other = { name: "-", min: null, median: null };
  const ours = { min: median, median };
  return [{ name: "row", unit, ours, other, ratio: null, reach: "", reached: true }];
}

Deno.test("comparison() takes medians, and says how many times as long this build takes", () => {
  const turns = (unit: string, ...values: number[]) => values.map((value) => row(unit, value));
  const times = comparison("row", turns("ms", 9, 2, 3), turns("ms", 1, 2, 90));
  assert.deepEqual(times, { name: "row", unit: "ms", ours: 3, theirs: 2, ratio: 1.5 });
  const rates = comparison("row", turns("MiB/s", 50), turns("MiB/s", 100));
  assert.equal(rates!.ratio, 2);
});

Deno.test("comparison() tells a row that only this build has from one that it cannot measure", () => {
  const only = comparison("row", [row("ms", 1)], [[]]);
  assert.deepEqual(only, { name: "row", unit: "ms", ours: 1 });
  assert.equal(comparison("row", [[]], [row("ms", 1)]), undefined);
});
