/** What many saves of a running system do to it. */
import assert from "node:assert/strict";
import { Watched } from "./watched.ts";

/** Every so many saves memory is looked at; the first ones are not counted. */
const STEP = 10;

const MAIN = `
import { main, thisMachine } from "bailiwick/cli";
import { start } from "./system.ts";

await main({
  name: "saved",
  topologies: { dev: { about: "here", hosts: { here: thisMachine } } },
  async system(nursery, { here }) {
    const save = await start(nursery, here.thread);
    if (save % ${STEP} !== 0) return;
    for (let i = 0; i < 3; i++) (globalThis as unknown as { gc(): void }).gc();
    const { heapUsed, external } = Deno.memoryUsage();
    console.error("memory", heapUsed + external);
  },
});
`;

const SYSTEM = `
import { Command, type Nursery, startService, type Thread } from "bailiwick";
import { part1 } from "./large.ts";

export async function start(nursery: Nursery, thread: Thread): Promise<number> {
  const command = new Command("sh", ["-c", "echo >&3; exec sleep infinity"]);
  await startService(nursery, thread, command, { name: "sleeper", ready: 3 });
  part1("what is large is used");
  return 0;
}
`;

/** 77 KB. */
const LARGE = Array.from(
  { length: 800 },
  (_, i) =>
    `export function part${i}(text: string): string {
  return \`\${text} of part ${i}, which is long\`;
}
`,
).join("");

/**
 * Saves a system that runs, good and broken in turn, and sees that its service is never touched.
 *
 * @param saves How many of each are counted, a multiple of ten.
 * @returns How many bytes of memory each save has cost for good.
 */
export async function growthPerSave(saves: number): Promise<number> {
  const files = { "main.ts": MAIN, "system.ts": SYSTEM, "large.ts": LARGE };
  await using watched = await Watched.start(files, [], ["--v8-flags=--expose-gc"]);
  await watched.says(/watching the sources/, /^memory/);
  const sleeper = await pidOf(watched);
  const memory: number[] = [];
  for (let save = 1; save <= STEP + saves; save++) {
    await watched.edit("system.ts", `return ${save - 1};`, `return ${save}; const;`);
    await watched.says(/what stood before the save stands/);
    await watched.edit("system.ts", `return ${save}; const;`, `return ${save};`);
    if (save % STEP === 0) memory.push(Number((await watched.says(/^memory/)).split(" ")[1]));
    await watched.says(/run again in .*: kept 1/);
  }
  assert.equal(await pidOf(watched), sleeper);
  return Math.round((memory.at(-1)! - memory[0]!) / (2 * saves));
}

async function pidOf(watched: Watched): Promise<number | undefined> {
  return (await watched.processes()).get("sleep infinity");
}
