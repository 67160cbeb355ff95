import assert from "node:assert/strict";
import { circles, type Graph, includes, unit } from "./circles.ts";

function graph(...edges: string[]): Graph {
  const files = new Map<string, string[]>();
  for (const edge of edges) {
    const [from, to] = edge.split(">") as [string, string];
    files.set(from, [...(files.get(from) ?? []), to]);
    if (!files.has(to)) files.set(to, []);
  }
  return files;
}

Deno.test("circles() finds none where imports go one way", () => {
  assert.deepEqual(circles(graph("a>b", "a>c", "b>d", "c>d")), []);
  assert.deepEqual(circles(new Map([["a", ["elsewhere", "a"]]])), []);
});

Deno.test("circles() finds each circle whole, whatever leads to it", () => {
  assert.deepEqual(circles(graph("a>b", "b>a")), [["a", "b"]]);
  assert.deepEqual(circles(graph("x>a", "a>b", "b>c", "c>a", "c>y", "b>a")), [["a", "b", "c"]]);
  const two = circles(graph("a>b", "b>a", "b>c", "c>d", "d>e", "e>c"));
  assert.deepEqual(two.sort(), [["a", "b"], ["c", "d", "e"]]);
});

Deno.test("includes() gives the units that a C file needs, without its own", () => {
  const source =
    '#include <errno.h>\n#include "b.h"\n#  include "../common/sys.h"\n#include "a.h"\n';
  assert.deepEqual(includes("native/agent/a.c", source), ["native/agent/b", "native/common/sys"]);
  assert.equal(unit("native/agent/a.h"), "native/agent/a");
});
