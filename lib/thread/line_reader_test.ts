import assert from "node:assert/strict";
import fc from "fast-check";
import type { ByteReader } from "../agent/mod.ts";
import { LineReader } from "./line_reader.ts";

/** A stream that brings these pieces. */
function bringing(pieces: readonly Uint8Array[]): ByteReader {
  const rest = [...pieces];
  return {
    read: () => Promise.resolve(rest.shift()),
    close: () => rest.splice(0),
  } as unknown as ByteReader;
}

Deno.test("LineReader reads the same lines wherever the stream is cut", async () => {
  const text = fc.array(fc.constantFrom("a", "é", "\n", "\r", "longer than the rest"));
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(200)), async (words, cuts) => {
      const whole = words.join("");
      const bytes = new TextEncoder().encode(whole);
      const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) =>
        a - b
      );
      const pieces = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      const expected = whole.split("\n");
      if (expected.at(-1) === "") expected.pop();
      assert.deepEqual(await Array.fromAsync(new LineReader(bringing(pieces))), expected);
    }),
  );
});

Deno.test("LineReader.readLine() throws when a line is longer than it may be", async () => {
  for (const end of ["", "\n", "\nnext\n"]) {
    const bytes = new TextEncoder().encode(`12345\n123456${end}`);
    const lines = new LineReader(bringing([bytes]), { most: 5 });
    assert.equal(await lines.readLine(), "12345");
    await assert.rejects(lines.readLine(), {
      name: "RangeError",
      message: "A line is longer than 5 bytes",
    });
  }
});
