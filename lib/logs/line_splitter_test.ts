import assert from "node:assert/strict";
import fc from "fast-check";
import { CUT, LineSplitter, MAX_LINE } from "./line_splitter.ts";

const utf8 = new TextEncoder();

function split(...chunks: (string | Uint8Array)[]): string[] {
  const splitter = new LineSplitter();
  const lines = chunks.flatMap((chunk) =>
    splitter.push(typeof chunk === "string" ? utf8.encode(chunk) : chunk)
  );
  return [...lines, ...splitter.flush()];
}

Deno.test("LineSplitter.push() returns the lines that ended, flush() the last one", () => {
  const splitter = new LineSplitter();
  assert.deepEqual(splitter.push(utf8.encode("one\r\n\ntw")), ["one", ""]);
  assert.deepEqual(splitter.push(utf8.encode("o\nthree")), ["two"]);
  assert.deepEqual(splitter.flush(), ["three"]);
  assert.deepEqual(splitter.flush(), []);
});

Deno.test("LineSplitter.push() copies what it keeps", () => {
  const splitter = new LineSplitter();
  const bytes = utf8.encode("abc");
  splitter.push(bytes);
  bytes.fill(0);
  assert.deepEqual(splitter.flush(), ["abc"]);
});

Deno.test("LineSplitter.push() replaces what is not UTF-8, and keeps a byte order mark", () => {
  assert.deepEqual(split(Uint8Array.of(0x61, 0xff, 0x0a, 0xe2, 0x82, 0x0a)), ["a\ufffd", "\ufffd"]);
  assert.deepEqual(split("\ufeffa\n"), ["\ufeffa"]);
});

Deno.test("LineSplitter.push() shows what would act on a terminal", () => {
  assert.deepEqual(split("\x1b[2Jgone\n", "half\rway", "\n"), ["\\e[2Jgone", "half\\rway"]);
});

Deno.test("LineSplitter.push() cuts a long line between characters, and loses nothing", () => {
  assert.deepEqual(split("a".repeat(MAX_LINE), "\n"), ["a".repeat(MAX_LINE)]);
  assert.deepEqual(split("a".repeat(MAX_LINE + 1)), ["a".repeat(MAX_LINE) + CUT, "a"]);
  const euros = "€".repeat(MAX_LINE);
  const lines = split(euros);
  assert.equal(lines.length, 4);
  assert.equal(lines.map((line) => line.replace(CUT, "")).join(""), euros);
});

Deno.test("LineSplitter.push() gives the same lines wherever the bytes are split", () => {
  const text = "first\r\nsecond €\n\n" + "é".repeat(MAX_LINE) + "\nlast";
  const bytes = utf8.encode(text);
  const whole = split(bytes);
  for (let at = 0; at < bytes.length; at++) {
    assert.deepEqual(split(bytes.subarray(0, at), bytes.subarray(at)), whole);
  }
  const anyChunks = fc.array(fc.uint8Array({ max: 12, maxLength: 20 }));
  fc.assert(fc.property(anyChunks, (chunks) => {
    const joined = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
    assert.deepEqual(split(...chunks), split(joined));
  }));
});
