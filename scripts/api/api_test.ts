import assert from "node:assert/strict";
import { withoutExample } from "./examples.ts";
import { grouped } from "./groups.ts";
import { summary } from "./index_pages.ts";
import { mendPage, pageFinder } from "./pages.ts";
import { deadReferences } from "./references.ts";
import type { Declaration, Exported } from "./symbols.ts";

function symbol(name: string, kind: string, declaration: Partial<Declaration> = {}): Exported {
  const location = { filename: "file:///lib/x.ts", line: 0 };
  const declarations = [{ location, kind, ...declaration }];
  return { name, kind, file: "lib/compile/x.ts", line: 1, declarations };
}

Deno.test("withoutExample() finds functions, methods and options that nobody shows", () => {
  const methods = [
    { name: "shown" },
    { name: "hidden" },
    { name: "toString" },
    { name: "inner", jsDoc: { doc: "For the library: x." } },
    { name: "size", kind: "getter" },
  ];
  const symbols = [
    symbol("make", "function"),
    symbol("Thing", "class", { def: { methods } }),
    symbol("ThingOptions", "interface", { def: { properties: [{ name: "colour" }] } }),
  ];
  const names = (text: string) =>
    withoutExample(symbols, text).map((line) => /: (\S+) stands/.exec(line)?.[1]);
  assert.deepEqual(names("new Thing({ colour: 1 }).shown()"), ["make", "Thing.hidden"]);
  assert.deepEqual(names("make().shown(); Thing.hidden"), ["ThingOptions.colour"]);
});

Deno.test("grouped() puts those that are named first, and refuses what is in no group", () => {
  const compile = symbol("compile", "function");
  const groups = [...grouped("./compile", [symbol("Made", "interface"), compile]).values()];
  assert.deepEqual(groups.map((each) => each.map(({ name }) => name)), [["compile", "Made"]]);
  const stray = { ...symbol("stray", "function"), file: "lib/elsewhere/x.ts" };
  assert.throws(() => grouped("./compile", [compile, stray]), /stray .* is in no group/);
  assert.throws(() => grouped("./compile", []), /compile: not exported/);
});

Deno.test("deadReferences() finds links to what is not exported", () => {
  const jsDoc = {
    doc: "See {@linkcode make}, {@link Thing.run the run} and {@linkcode Gone.now}.",
  };
  const thing = symbol("Thing", "class", { def: { methods: [{ name: "run" }] } });
  const found = deadReferences([symbol("make", "function", { jsDoc }), thing]);
  assert.deepEqual(found, [
    "lib/compile/x.ts:1: make links to Gone.now, which is not exported",
  ]);
});

Deno.test("summary() is the first sentence, safe to be shown", () => {
  assert.equal(
    summary("Makes `a<b>`, see {@linkcode c}. Then more.\n\nMore."),
    "Makes <code>a&lt;b&gt;</code>, see <code>c</code>.",
  );
  assert.equal(summary("As sd_notify(3) has it: `READY=1`, e.g. so"), "As sd_notify(3) has it.");
});

Deno.test("mendPage() links names to their pages, and nothing inside of links", () => {
  const pageOf = pageFinder(
    new Set(["~/Path.html", "~/Path.prototype.join.html", "tools/~/bar.html"]),
  );
  const mend = (html: string) => mendPage(html, "tools/~/bar.html", "/r/dist/api", pageOf);
  assert.equal(
    mend("<code>Path.join</code> <code>bar</code> <code>nope</code>"),
    '<a href="../../~/Path.prototype.join.html"><code>Path.join</code></a> <code>bar</code> <code>nope</code>',
  );
  assert.equal(mend('<a href="x"><code>Path</code></a>'), '<a href="x"><code>Path</code></a>');
  assert.equal(
    mend('<a href="a&#x2F;b%22.html#c%22">x</a>'),
    '<a href="a&#x2F;b%2522.html#c%22">x</a>',
  );
  assert.equal(mend('<a href="#type_param_k" title="K">K</a>'), "K");
});
