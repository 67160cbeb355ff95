import assert from "node:assert/strict";
import { duration, table } from "./table.ts";

Deno.test("table() pads columns, and aligns numbers to the right", () => {
  const rows = [["orderd", "local", "4711", "12 ms"], [
    "positiond-2",
    "db1.example",
    "99",
    "3.4 ms",
  ]];
  assert.equal(
    table(["SERVICE", "HOST", "PID", "READY IN"], rows),
    [
      "SERVICE      HOST          PID  READY IN",
      "orderd       local        4711     12 ms",
      "positiond-2  db1.example    99    3.4 ms",
    ].join("\n"),
  );
});

Deno.test("table() ends no line with spaces", () => {
  assert.equal(table(["A", "B"], [["x", ""], ["", "long"]]), "A  B\nx\n   long");
});

Deno.test("table() without rows is its heading", () => {
  assert.equal(table(["A", "BC"], []), "A  BC");
});

Deno.test("duration() keeps as many digits as one reads", () => {
  const cases: [number, string][] = [
    [0, "0.0 ms"],
    [9.94, "9.9 ms"],
    [12.3, "12 ms"],
    [9999, "9999 ms"],
    [10_000, "10.0 s"],
    [90_000, "90.0 s"],
  ];
  for (const [milliseconds, expected] of cases) assert.equal(duration(milliseconds), expected);
});

Deno.test("table() keeps each row on one line, whatever is in its cells", () => {
  assert.equal(table(["A"], [["x\ny\tz\x1b[2J"]]), "A\nx\\ny\\tz\\e[2J");
});
