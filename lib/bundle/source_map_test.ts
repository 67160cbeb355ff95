import assert from "node:assert/strict";
import { mapLine, originsOf } from "./source_map.ts";

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

Deno.test("mapLine() leads as far as before, behind lines that were added", () => {
  const map = {
    sources: ["file:///a/b.ts"],
    sourcesContent: ["x"],
    mappings: "AAAAA",
    names: ["x"],
  };
  const line = mapLine(map, 2, (url) => url.pathname.slice(1));
  const text = line.match(/^\n\/\/# sourceMappingURL=data:application\/json;base64,(\S+)\n$/)![1]!;
  const written = JSON.parse(atob(text));
  assert.deepEqual([written.version, written.sources, written.names], [3, ["a/b.ts"], ["x"]]);
  const origins = originsOf(written);
  assert.deepEqual(origins.map(({ size }) => size), [0, 0, 1]);
  assert.deepEqual(origins[2]!.get(0), { source: 0, line: 0, column: 0 });
});
