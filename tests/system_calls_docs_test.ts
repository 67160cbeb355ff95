/** `docs/system-calls.md` names every call that there is, and only tests that there are. */
import assert from "node:assert/strict";
import { calls } from "bailiwick";
import { ROOT, sources } from "../scripts/sources.ts";

const page = await Deno.readTextFile(`${ROOT}/docs/system-calls.md`);

/** The rows of the table below a heading, without its head. */
function rows(heading: string): string[] {
  const section = page.split(`\n## ${heading}\n`)[1]!.split("\n## ")[0]!;
  return section.split("\n").filter((line) => line.startsWith("|")).slice(2);
}

Deno.test("the page of system calls has each call, and no other", () => {
  const named = rows("What has a method").flatMap((row) => {
    const [, , ...columns] = row.split("|");
    return [...columns.join("|").matchAll(/`(\w+)`/g)].map(([, name]) => name!);
  });
  assert.deepEqual([...new Set(named)].sort(), Object.keys(calls).sort());
});

Deno.test("each call is in an example", async () => {
  const files = [...sources("docs", ".md"), ...sources("lib/thread", ".ts")];
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(`${ROOT}/${file}`)));
  const examples = [...texts.join("\n").matchAll(/```ts[^\n]*\n([\s\S]*?)```/g)]
    .map(([, example]) => example).join("\n");
  const without = Object.keys(calls).filter((name) => !examples.includes(`.${name}(`));
  assert.deepEqual(without, []);
});

Deno.test("what the page of system calls says is checked is a check", async () => {
  const files = ["tests", "lib"].flatMap((folder) => [...sources(folder, ".ts")]);
  const texts = await Promise.all(files.map((file) => Deno.readTextFile(`${ROOT}/${file}`)));
  const all = texts.join("\n");
  const named = rows("Beside rsyscall's suite").flatMap((row) =>
    [...row.split("|").slice(3).join("|").matchAll(/(?<!\w)_(.+?)_(?!\w)/g)].map(([, name]) =>
      name!
    )
  );
  assert.ok(named.length > 50);
  assert.deepEqual(named.filter((name) => !all.includes(`"${name}`)), []);
});
