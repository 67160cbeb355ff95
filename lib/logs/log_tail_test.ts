import assert from "node:assert/strict";
import { LogTail } from "./log_tail.ts";

Deno.test("LogTail.lines has the last lines, oldest first", () => {
  const tail = new LogTail({ maxLines: 2 });
  assert.deepEqual(tail.lines, []);
  for (const line of ["a", "b", "c"]) tail.push(line);
  assert.deepEqual(tail.lines, ["b", "c"]);
});

Deno.test("LogTail.push() forgets lines when they are too long together, but the last", () => {
  const tail = new LogTail({ maxLength: 5 });
  for (const line of ["aa", "bbb", "c"]) tail.push(line);
  assert.deepEqual(tail.lines, ["bbb", "c"]);
  tail.push("longer than that");
  assert.deepEqual(tail.lines, ["longer than that"]);
  tail.push("d");
  assert.deepEqual(tail.lines, ["d"]);
});

Deno.test("LogTail.lines does not change afterwards", () => {
  const tail = new LogTail();
  tail.push("a");
  const { lines } = tail;
  tail.push("b");
  assert.deepEqual(lines, ["a"]);
});
