import assert from "node:assert/strict";
import { printable } from "./printable.ts";

Deno.test("printable() shows what would act on a terminal", () => {
  const cases: [string, string][] = [
    ["plain, tab\tand é 漢 👍", "plain, tab\tand é 漢 👍"],
    ["\x1b[31mred\x1b]0;title\x07", "\\e[31mred\\e]0;title\\x07"],
    ["a\nb\rc\x00\x7f", "a\\nb\\rc\\x00\\x7f"],
    ["\x9b31m\x85", "\\x9b31m\\x85"],
    ["\u202egnp.exe\u2066\u200f\u061c\u2028", "\\u202egnp.exe\\u2066\\u200f\\u61c\\u2028"],
  ];
  for (const [text, expected] of cases) {
    assert.equal(printable(text), expected);
    assert.equal(printable(expected), expected);
  }
});
