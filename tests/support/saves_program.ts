/**
 * Saves a program of some size many times, good and broken in turn, and prints how many bytes of memory each
 * save has cost for good. Run with --v8-flags=--expose-gc.
 */
import { pathToFileURL } from "node:url";
import { handOver } from "../../lib/live/hand_over.ts";
import { LiveModule } from "../../lib/live/mod.ts";

const [directory, count] = [Deno.args[0]!, Number(Deno.args[1])];
const WARM = 10;

Object.assign(globalThis, { handOver });
await Deno.writeTextFile(
  `${directory}/large.ts`,
  Array.from(
    { length: 800 },
    (_, i) =>
      `export function part${i}(text: string): string {\n  return \`\${text} of part ${i}, which is long\`;\n}\n`,
  ).join(""),
);
const main = (save: number) =>
  `import { part1 } from "./large.ts";
const word: string = ${save % 2 === 0 ? `part1("${save}")` : ""};
await globalThis.handOver({ word, large: Array.from({ length: 1000 }, () => part1) });
`;
await Deno.writeTextFile(`${directory}/main.ts`, main(0));
const live = new LiveModule(pathToFileURL(`${directory}/main.ts`));
const changes = live.changes(new AbortController().signal);
await changes.next();

function memory(): number {
  for (let i = 0; i < 3; i++) (globalThis as unknown as { gc(): void }).gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

let before = 0;
for (let save = 1; save <= WARM + count; save++) {
  await Deno.writeTextFile(`${directory}/main.ts`, main(save));
  const { value } = await changes.next();
  const expected = save % 2 === 0 ? "loaded" : "broken";
  if (value.kind !== expected) throw new Error(`Save ${save} was ${value.kind}`);
  if (save === WARM) before = memory();
}
console.log(Math.round((memory() - before) / count));
await changes.return(undefined as never);
