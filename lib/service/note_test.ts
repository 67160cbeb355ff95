/** Notes, as they were when they were written here first: later programs must read them. */
import assert from "node:assert/strict";
import { decodeNote, encodeNote, noted, NoteTooLongError, recalled } from "./note.ts";

const encoder = new TextEncoder();
const NOTE = {
  ...{ kind: "service" as const, path: "web/appd", since: 1_800_000_000_000 },
  fingerprint: { host: '"a"', arguments: '["--port",8080]' },
};
const TEXT = '{"schema":1,"kind":"service","path":"web/appd","since":1800000000000,' +
  '"fingerprint":{"host":"\\"a\\"","arguments":"[\\"--port\\",8080]"}}';

Deno.test("a note is the text that it was, and is read again", () => {
  assert.equal(new TextDecoder().decode(encodeNote(NOTE)), TEXT);
  assert.deepEqual(decodeNote(encoder.encode(TEXT)), { schema: 1, ...NOTE });
});

Deno.test("of a note that cannot be read it is said why, and of what it is if that can be", () => {
  const rows: readonly [text: string, path: string | undefined, why: RegExp][] = [
    ["", undefined, /no JSON/],
    ["\xff\xfe", undefined, /not whole/],
    ["null", undefined, /not whole/],
    ['{"schema":1}', undefined, /not whole/],
    ['{"schema":2,"path":"web/appd"}', "web/appd", /newer program, whose notes have schema 2/],
    [TEXT.replace('"kind":"service"', '"kind":7'), "web/appd", /not whole/],
    [TEXT.replace('"[\\"--port\\",8080]"', "{}"), "web/appd", /not whole/],
  ];
  for (const [text, path, why] of rows) {
    const bytes = text.startsWith("\xff") ? Uint8Array.of(0x5b, 0x5d) : encoder.encode(text);
    const read = decodeNote(bytes);
    assert.ok("why" in read, text);
    assert.equal(read.path, path);
    assert.match(read.why, why);
  }
});

Deno.test("a note that is longer than a host keeps is an error that says what is long", () => {
  const note = { ...NOTE, address: "a".repeat(5000) };
  assert.throws(() => encodeNote(note), (error: Error) => {
    assert.ok(error instanceof NoteTooLongError);
    assert.match(
      error.message,
      /^Of web\/appd 51\d\d bytes .* keeps 4096.* longest: address with 5002/,
    );
    return true;
  });
});

Deno.test("fields that are equal have one's own text again, also those that are noted by their hashes", () => {
  const long = "x".repeat(500);
  const old = { arguments: `["--data","${long}",7]`, environment: `{"A":"${long}"}`, nice: "1" };
  const of = noted(old);
  assert.match(of["arguments"]!, /^\["--data","sha256:.{16}",7\]$/);
  assert.match(of["environment"]!, /^sha256:.{44}$/);
  assert.equal(of["nice"], "1");
  assert.deepEqual(recalled(of, old), old);
  const other = { ...old, arguments: "[]", nice: "2" };
  assert.deepEqual(recalled(of, other), { ...of, environment: old.environment });
});

Deno.test("of many long fields no more is noted than a host keeps", () => {
  const field = JSON.stringify(Array.from({ length: 30 }, (_, index) => `--option-${index}`));
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`field ${i}`, field]));
  assert.ok(encodeNote({ ...NOTE, fingerprint: noted(many) }).length < 4096);
  assert.deepEqual(recalled(noted(many), many), many);
});
