import assert from "node:assert/strict";
import fc from "fast-check";
import { Journal } from "./journal.ts";

const of = (path: string) => ({ path, instance: 1n });
const texts = ({ lines }: { lines: readonly { line: string }[] }) => lines.map(({ line }) => line);

Deno.test("Journal gives lines of several services in the order of their coming, each once", () => {
  const journal = new Journal();
  const reader = journal.reader();
  journal.append(of("a"), ["1"], 0);
  journal.append(of("b"), ["2", "3"], 0);
  journal.append(of("a"), ["4"], 0);
  assert.deepEqual(texts(reader.read(3)), ["1", "2", "3"]);
  assert.deepEqual(texts(reader.read(3)), ["4"]);
  assert.deepEqual(reader.read(3), { lines: [], missed: 0 });
  journal.append(of("c"), ["5"], 0);
  assert.deepEqual(texts(reader.read(3)), ["5"]);
});

Deno.test("Journal gives the lines after a number, since a time, and the last", () => {
  const journal = new Journal();
  for (let at = 1; at <= 9; at++) journal.append(of(at % 2 ? "odd" : "even"), [`${at}`], at * 10);
  assert.deepEqual(texts(journal.reader({ after: 7 }).read(9)), ["8", "9"]);
  assert.deepEqual(texts(journal.reader({ since: 75 }).read(9)), ["8", "9"]);
  assert.deepEqual(texts(journal.reader({ wants: (path) => path === "odd" }).last(2)), ["7", "9"]);
  const follower = journal.reader();
  assert.deepEqual(texts(follower.last(0)), []);
  journal.append(of("odd"), ["10"], 100);
  assert.deepEqual(texts(follower.read(9)), ["10"]);
});

Deno.test("Journal frees what the service has written that has written most", () => {
  const journal = new Journal(100_000);
  journal.append(of("quiet"), ["I am here"], 0);
  const long = "x".repeat(90);
  for (let at = 0; at < 10_000; at++) journal.append(of("chatty"), [`${long}${at}`], 0);
  const { lines } = journal.reader().read(100_000);
  assert.equal(lines[0]!.line, "I am here");
  assert.equal(lines.at(-1)!.line, `${long}9999`);
  assert.ok(lines.length > 500 && lines.length < 1100, `${lines.length}`);
});

Deno.test("a reader gets each line once, or is told that it has missed it", () => {
  const step = fc.oneof(
    fc.record({ to: fc.constantFrom("a", "b", "c"), count: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ read: fc.integer({ min: 1, max: 60 }) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const journal = new Journal(4000);
    const reader = journal.reader();
    let [written, seen, last] = [0, 0, 0];
    const read = (most: number) => {
      const { lines, missed } = reader.read(most);
      seen += missed + lines.length;
      for (const { number } of lines) assert.ok(number > last, `${number} after ${last}`);
      last = lines.at(-1)?.number ?? last;
      return lines.length;
    };
    for (const each of steps) {
      if ("read" in each) read(each.read);
      else {
        const lines = Array.from({ length: each.count }, () => `${++written}`);
        journal.append(of(each.to), lines, 0);
      }
    }
    while (read(100) > 0);
    assert.equal(seen, written);
  }));
});

Deno.test("Journal gives any lines as they were, also empty ones and those of other alphabets", () => {
  fc.assert(fc.property(fc.array(fc.array(line(), { minLength: 1 }), { maxLength: 20 }), (all) => {
    const journal = new Journal();
    for (const lines of all) journal.append(of("a"), lines, 0);
    assert.deepEqual(texts(journal.reader().read(10_000)), all.flat());
  }));
});

/** Without newlines, and without halves of characters, which no decoder of UTF-8 gives. */
function line(): fc.Arbitrary<string> {
  return fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", ""));
}
