import assert from "node:assert/strict";
import fc from "fast-check";
import { type Redaction, redactionOf } from "./redaction.ts";
import { Secret } from "./secret.ts";

const utf8 = new TextEncoder();

function redaction(...values: (string | Uint8Array)[]): Redaction {
  return redactionOf(Object.fromEntries(values.map((value, index) => [index, new Secret(value)])))!;
}

function shown(redaction: Redaction, ...pieces: string[]): string {
  const stream = redaction.stream();
  const before = pieces.map((piece) => stream.push(utf8.encode(piece)));
  const all = [...before, stream.flush()];
  return new TextDecoder().decode(Uint8Array.from(all.flatMap((bytes) => [...bytes])));
}

Deno.test("Redaction leaves out each line of a secret, and what is longest first", () => {
  const of = redaction("one line\r\nand another\nshort\n", "another");
  assert.equal(shown(of, "<one line>, and another\n"), "<(a secret)>, (a secret)\n");
  assert.equal(shown(of, "another short line"), "(a secret) short line");
  assert.equal(redactionOf({ PIN: new Secret("1234\n5678") }), undefined);
  assert.equal(redactionOf(undefined), undefined);
});

Deno.test("Redaction finds what overlaps with its own beginning", () => {
  assert.equal(shown(redaction("aabaaac"), "aabaabaaac!"), "aab(a secret)!");
  assert.equal(shown(redaction("a".repeat(8)), "a".repeat(17)), "(a secret)(a secret)a");
});

Deno.test("Redaction leaves out the beginning of a secret that is cut off", () => {
  assert.equal(shown(redaction("a long secret"), "it is a long s"), "it is (a secret)");
  assert.equal(shown(redaction("a long secret"), "it is a lo"), "it is a lo");
});

Deno.test("Redaction takes bytes of any kind for a secret", () => {
  const value = Uint8Array.of(0, 0xff, 0xfe, 0x1b, 1, 2, 3);
  const text = new TextDecoder().decode(redaction(value).of(Uint8Array.of(65, ...value, 66)));
  assert.equal(text, "A(a secret)B");
});

Deno.test("Redaction shows the same wherever the bytes are split", () => {
  const few = fc.string({ unit: fc.constantFrom("a", "b", "\n"), maxLength: 60 });
  const secret = fc.string({ unit: fc.constantFrom("a", "b"), minLength: 6, maxLength: 9 });
  fc.assert(fc.property(secret, secret, fc.array(few), (one, other, pieces) => {
    const of = redaction(one, other);
    const whole = pieces.join("");
    assert.equal(shown(of, ...pieces), shown(of, whole));
    const left = shown(of, whole);
    for (const text of [one, other]) assert.ok(!left.includes(text), left);
  }));
});
