/** Compares the numbers with `native/common/wire.h`, as the C compiler understands it. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import * as constants from "./constants.ts";

const HEADER = fileURLToPath(new URL("../../native/common/wire.h", import.meta.url));
const { HEADER_SIZE: _, ...groups } = constants;

/** The names that the header defines, those of {@linkcode groups} only; `_END` counts, it is no number. */
function headerNames(header: string): string[] {
  const code = header.replaceAll(/\/\*[\s\S]*?\*\//g, "");
  const prefix = Object.keys(groups).join("|");
  const defined = code.matchAll(new RegExp(`^#define ((?:${prefix})_\\w+) `, "gm"));
  const enumerated = code.matchAll(
    new RegExp(`^\\s*((?:${prefix})_[A-Z0-9_]+)\\s*(?:=|,|$)`, "gm"),
  );
  const inline = code.matchAll(/enum \w+ \{ (.*) \};/g);
  const inlined = [...inline].flatMap(([, list]) =>
    list!.split(",").map((item) => item.trim().split(" ")[0]!)
  );
  const all = [...defined, ...enumerated].map(([, name]) => name!).concat(inlined);
  return [...new Set(all)].filter((name) =>
    new RegExp(`^(${prefix})_`).test(name) && name !== "PSEUDO_END"
  );
}

/** What each expression is in C. */
async function evaluate(expressions: readonly string[]): Promise<number[]> {
  const directory = await Deno.makeTempDir();
  try {
    const lines = expressions.map((text) => `  printf("%llu\\n", (unsigned long long)(${text}));`);
    const source = `#include <stdio.h>\n#include "${HEADER}"\n` +
      `int main(void) {\n${lines.join("\n")}\n}\n`;
    await Deno.writeTextFile(`${directory}/print.c`, source);
    await output("cc", ["-o", `${directory}/print`, `${directory}/print.c`]);
    return (await output(`${directory}/print`, [])).trim().split("\n").map(Number);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function output(command: string, args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

const ours = Object.entries(groups).flatMap(([group, numbers]) =>
  Object.entries(numbers).map(([name, value]) => ({ name: `${group}_${name}`, value }))
);

Deno.test("constants have the values of wire.h", async () => {
  const names = ours.map(({ name }) => name);
  const values = await evaluate([...names, "sizeof(struct frame)"]);
  assert.deepEqual(
    Object.fromEntries(names.map((name, index) => [name, values[index]])),
    Object.fromEntries(ours.map(({ name, value }) => [name, value])),
  );
  assert.equal(values.at(-1), constants.HEADER_SIZE);
});

Deno.test("constants leave out nothing of wire.h", async () => {
  const theirs = headerNames(await Deno.readTextFile(HEADER));
  assert.deepEqual(theirs.toSorted(), ours.map(({ name }) => name).toSorted());
});
