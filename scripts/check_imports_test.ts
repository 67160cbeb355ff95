import assert from "node:assert/strict";
import { specifiers, violation } from "./check_imports.ts";

Deno.test("specifiers() finds imports and exports, and not those of examples", () => {
  const source = `
/**
 * import { a } from "comment";
 */
// import { b } from "comment";
import "./effect.ts";
import {
  c,
} from "./c.ts";
export * from "./d.ts";
const e = await import("node:fs");
`;
  assert.deepEqual(specifiers(source), ["./effect.ts", "./c.ts", "./d.ts", "node:fs"]);
});

Deno.test("violation() lets the library import downwards only", () => {
  assert.equal(violation("lib/wire/frame.ts", "../abi/mod.ts"), undefined);
  assert.equal(violation("lib/wire/frame.ts", "./batch.ts"), undefined);
  assert.equal(violation("lib/mod.ts", "./tools/mod.ts"), undefined);
  assert.equal(violation("lib/cli/x.ts", "../../deno.json"), undefined);
  assert.equal(violation("lib/wire/frame_test.ts", "../thread/mod.ts"), undefined);
  assert.match(violation("lib/wire/frame.ts", "../thread/mod.ts")!, /layers below/);
  assert.match(violation("lib/abi/arch.ts", "../logs/mod.ts")!, /layers below/);
  assert.match(violation("lib/abi/arch.ts", "../mod.ts")!, /layers below/);
  assert.match(violation("lib/novel/x.ts", "../abi/mod.ts")!, /no layer/);
  assert.match(violation("lib/abi/arch.ts", "bailiwick")!, /by path/);
  assert.match(violation("lib/abi/arch_test.ts", "../../components/x/mod.ts")!, /outside/);
});

Deno.test("violation() lets components import the library by its name only", () => {
  assert.equal(violation("components/x/mod.ts", "bailiwick"), undefined);
  assert.equal(violation("components/x/mod.ts", "../y/mod.ts"), undefined);
  assert.equal(violation("components/x/x_test.ts", "bailiwick/testing"), undefined);
  assert.match(violation("components/x/mod.ts", "../../lib/mod.ts")!, /only "bailiwick"/);
  assert.match(violation("components/x/mod.ts", "node:fs")!, /only "bailiwick"/);
  assert.match(violation("components/x/mod.ts", "bailiwick/service")!, /only "bailiwick"/);
  assert.match(violation("main.ts", "./lib/mod.ts")!, /as "bailiwick"/);
  assert.equal(violation("main.ts", "bailiwick/tools"), undefined);
});

Deno.test("violation() lets services import what they run with", () => {
  assert.equal(violation("components/x/x.ts", "bailiwick/service"), undefined);
  assert.equal(violation("components/x/x.ts", "node:http"), undefined);
  assert.equal(violation("components/x/x.ts", "./types.ts"), undefined);
  assert.match(violation("components/x/x.ts", "bailiwick")!, /only "bailiwick\/service"/);
});
