/** Systems that are run again from their sources when these are saved. */
import assert from "node:assert/strict";
import { growthPerSave } from "./support/saves.ts";
import { Watched } from "./support/watched.ts";

const MAIN = `
import { main, thisMachine } from "bailiwick/cli";
import { start } from "./system.ts";

await main({
  name: "sleepers",
  topologies: { dev: { about: "here", hosts: { here: thisMachine } } },
  options: { first: { kind: "number", about: "how long the first sleeps", default: 1001 } },
  async system(nursery, { here }, { first }) {
    await start(nursery, here.thread, first);
    return { text: "one" };
  },
});
`;

const SYSTEM = `
import { Command, type Nursery, startService, type Thread } from "bailiwick";

async function startSleeper(nursery: Nursery, thread: Thread, name: string, time: number) {
  const command = new Command("sh", ["-c", "echo >&3; exec sleep $0", time]);
  return await startService(nursery, thread, command, { name, ready: 3 });
}

export async function start(nursery: Nursery, thread: Thread, first: number): Promise<void> {
  await startSleeper(nursery, thread, "one", first);
  await startSleeper(nursery, thread, "two", 2001);
  // More
}
`;

const UNREADY =
  `await startService(nursery, thread, new Command("false"), { name: "three", ready: 3 });`;

const sleepers = async (watched: Watched) =>
  [...await watched.processes()].filter(([line]) => line.startsWith("sleep ")).sort();

Deno.test("up --watch replaces what a save is about, and touches nothing else", async () => {
  const files = { "main.ts": MAIN, "system.ts": SYSTEM };
  await using watched = await Watched.start(files, ["--first", "1002"]);
  await watched.says(/watching the sources/, /ready: two/);
  const [one, two] = await sleepers(watched);
  assert.deepEqual([one![0], two![0]], ["sleep 1002", "sleep 2001"]);
  await watched.edit("system.ts", `"two", 2001`, `"two", 2002`);
  await watched.says(/^ {2}run again in .*: replaced two; kept 1$/);
  const [same, other] = await sleepers(watched);
  assert.deepEqual([same, other![0]], [one, "sleep 2002"]);
  await watched.edit("system.ts", "// More", `await startSleeper(nursery, thread, "three", 3001);`);
  await watched.says(/^ {2}run again in .*: started three; kept 2$/);
  await watched.edit(
    "system.ts",
    `await startSleeper(nursery, thread, "one", first);`,
    "void first;",
  );
  await watched.says(/^ {2}run again in .*: stopped one; kept 2$/);
  const left = await sleepers(watched);
  assert.deepEqual(left.map(([line]) => line), ["sleep 2002", "sleep 3001"]);
  for (const [text, next] of [["one", "two"], ["two", "three"], ["three", "four"]]) {
    await watched.edit("main.ts", `text: "${text}"`, `text: "${next}"`);
    await watched.says(/^ {2}run again in .*: kept 2$/);
  }
  assert.deepEqual(await sleepers(watched), left);
});

Deno.test("up --watch shows a save that cannot be run, and touches nothing", async () => {
  await using watched = await Watched.start(
    { "main.ts": MAIN, "system.ts": SYSTEM },
    ["--first", "1002", "--topology", "dev"],
  );
  await watched.says(/watching the sources/, /ready: two/);
  const before = await sleepers(watched);
  const system = `file://${watched.directory}/system.ts`;
  const refused: [name: string, before: string, after: string, says: RegExp, place: string][] = [
    ["system.ts", "// More", "const;", /^FAILED {2}SyntaxError/, `${system}:12:3`],
    ["system.ts", "// More", "throw new RangeError('no');", /RangeError: no$/, `${system}:12:9`],
    ["system.ts", "// More", UNREADY, /^FAILED {2}three on local/, "exited with status 1"],
    ["main.ts", "first: {", "last: {", /UsageError: unknown option '--first'/, ""],
    ["main.ts", "await main", "void", /It does not call main\(\)/, ""],
    [
      "main.ts",
      "dev:",
      "prod:",
      /UsageError: .*--topology.* is invalid. Allowed choices are prod/,
      "",
    ],
    ["main.ts", "here: thisMachine", "there: thisMachine", /It has other hosts/, ""],
  ];
  for (const [name, good, bad, says, place] of refused) {
    await watched.edit(name, good, bad);
    await watched.says(says);
    if (place !== "") await watched.says(new RegExp(RegExp.escape(place)));
    await watched.says(/what stood before the save stands$/);
    assert.deepEqual(await sleepers(watched), before);
    await watched.edit(name, bad, good);
    await watched.says(/run again in .*: kept 2$|again as they run$/);
  }
  assert.deepEqual(await sleepers(watched), before);
});

Deno.test("up --watch takes the next save while a service of the one before does not become ready", async () => {
  await using watched = await Watched.start({ "main.ts": MAIN, "system.ts": SYSTEM });
  await watched.says(/watching the sources/, /ready: two/);
  const [one] = await sleepers(watched);
  const never = `await startService(nursery, thread, new Command("sleep", [9001]), { ready: 3 });`;
  await watched.edit("system.ts", "// More", never);
  await watched.starts("sleep 9001");
  await watched.edit("system.ts", never, `await startSleeper(nursery, thread, "three", 3001);`);
  await watched.says(/^ {2}run again in .*: started three; kept 2$/);
  const now = await sleepers(watched);
  assert.deepEqual(now.map(([line]) => line), ["sleep 1001", "sleep 2001", "sleep 3001"]);
  assert.deepEqual(now[0], one);
});

Deno.test("up --watch replaces a service in TypeScript when a module of it is saved", async () => {
  const script = `
import { scriptCommand, type Nursery, startService, type Thread } from "bailiwick";

export async function start(nursery: Nursery, thread: Thread, first: number): Promise<void> {
  const command = await scriptCommand(thread, new URL("./greeter.ts", import.meta.url));
  await startService(nursery, thread, command, { name: "greeter", ready: 3, uses: [first] });
}
`;
  await using watched = await Watched.start({
    "main.ts": MAIN,
    "system.ts": script,
    "greeter.ts": `import { ready } from "bailiwick/service";
      import { word } from "./word.ts";
      console.log(word);
      ready();
      setInterval(() => {}, 1000);`,
    "word.ts": `export const word = "hello";`,
  });
  await watched.says(/watching the sources/, /ready: greeter/);
  for (const [before, after] of [["hello", "good day"], ["good day", "good night"]]) {
    await watched.edit("word.ts", before!, after!);
    await watched.says(/^ {2}run again in .*: replaced greeter; kept 0$/);
  }
});

Deno.test("up --watch survives many saves: none costs more than 0.2 MiB, and no service is touched", async () => {
  const growth = await growthPerSave(30);
  assert.ok(growth <= 0.2 * 2 ** 20, `${growth} bytes`);
});
