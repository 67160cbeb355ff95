import assert from "node:assert/strict";
import { originsOf } from "./source_map.ts";

const map = (mappings: string) => ({ sources: ["a"], sourcesContent: [""], mappings });

Deno.test("originsOf() adds up what each segment moves by", () => {
  const lines = originsOf(map("AAAA,GAAG;;EACDgC,C"));
  assert.deepEqual(lines.map((line) => [...line]), [
    [[0, { source: 0, line: 0, column: 0 }], [3, { source: 0, line: 0, column: 3 }]],
    [],
    [[2, { source: 0, line: 1, column: 2 }]],
  ]);
});

Deno.test("originsOf() reads numbers of several digits", () => {
  assert.deepEqual([...originsOf(map("ggBgCAAA"))[0]!.keys()], [512]);
});

Deno.test("originsOf() refuses what is no mapping", () => {
  assert.throws(() => originsOf(map("A*A")), SyntaxError);
});
