import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { Command as Program } from "commander";
import { assetStamp } from "../assets/mod.ts";
import { seconds } from "../clock/mod.ts";
import { HeldClock } from "../testing/held_clock.ts";
import { Command } from "../thread/mod.ts";
import { table } from "../tools/mod.ts";
import { handOver } from "./hand_over.ts";
import { type Change, LiveModule, type LiveOptions, type Loaded } from "./live_module.ts";
import { placeOf } from "./stacks.ts";

const PATIENCE = 10_000;

/** What a project's main module hands over; `main` of the command line does so for its users. */
const MAIN = "export const main = globalThis.liveTestMain;";
Object.assign(globalThis, { liveTestMain: (value: unknown) => handOver(value) });

/** A program in a directory of its own, with the changes that saves lead to. */
class Project implements AsyncDisposable {
  readonly directory: string;
  readonly main: URL;
  readonly #stop = new AbortController();
  readonly #changes: AsyncGenerator<Change<Record<string, unknown>>, never>;
  readonly live: LiveModule<Record<string, unknown>>;

  private constructor(directory: string, options: LiveOptions) {
    this.directory = directory;
    this.main = pathToFileURL(`${directory}/main.ts`);
    this.live = new LiveModule(this.main, options);
    this.#changes = this.live.changes(this.#stop.signal);
  }

  /** Makes one with these files, and waits until they are watched. */
  static async make(
    files: Readonly<Record<string, string>>,
    options: LiveOptions = {},
  ): Promise<Project> {
    const directory = await Deno.makeTempDir({ prefix: "bailiwick-live-test-" });
    const project = new Project(directory, options);
    await project.save({ "system.ts": MAIN, ...files });
    assert.deepEqual(await project.next(), { kind: "watching" });
    return project;
  }

  url(name: string): string {
    return `${pathToFileURL(`${this.directory}/${name}`)}`;
  }

  async save(files: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, text] of Object.entries(files)) {
      const path = `${this.directory}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path, text);
    }
  }

  async next(): Promise<Change<Record<string, unknown>>> {
    const signal = AbortSignal.timeout(PATIENCE);
    const late = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => late.reject(signal.reason));
    const { value } = await Promise.race([this.#changes.next(), late.promise]);
    return value;
  }

  async loaded(): Promise<Record<string, unknown>> {
    const change = await this.next();
    if (change.kind === "broken") throw change.error;
    assert.equal(change.kind, "loaded");
    return change.kind === "loaded" ? change.value : {};
  }

  async broken(): Promise<Error> {
    const change = await this.next();
    assert.equal(change.kind, "broken");
    return (change as { error: Error }).error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort("over");
    await this.#changes.next().catch((reason) => assert.equal(reason, "over"));
    await Deno.remove(this.directory, { recursive: true });
  }
}

/** Lets time pass until something has happened. */
async function passing<T>(clock: HeldClock, happening: Promise<T>): Promise<T> {
  const over = happening.then(() => true, () => true);
  while (!await Promise.race([over, clock.untilSleeping(1)])) await clock.advance(seconds(1));
  return await happening;
}

const program = (value: string, more = "") =>
  `import { main } from "./system.ts";\n${more}\nawait main({ value: ${value} });\n`;

Deno.test("changes() gives what main() is called with after each save", async () => {
  await using project = await Project.make({ "main.ts": program("1") });
  const next = project.loaded();
  await project.save({ "main.ts": program("2") });
  assert.deepEqual(await next, { value: 2 });
});

Deno.test("changes() sees a file that another is renamed over, again and again", async () => {
  await using project = await Project.make({
    "main.ts": program("word", `import { word } from "./word.ts";`),
    "word.ts": "export const word: string = 'first';",
  });
  for (const word of ["second", "third", "fourth"]) {
    const next = project.loaded();
    await project.save({ ".word.ts.new": `export const word = "${word}";` });
    await Deno.rename(`${project.directory}/.word.ts.new`, `${project.directory}/word.ts`);
    assert.deepEqual(await next, { value: word });
  }
});

Deno.test("changes() says where a module is no TypeScript, and goes on with the next good save", async () => {
  await using project = await Project.make({
    "main.ts": program("word", `import { word } from "./word.ts";`),
    "word.ts": "export const word = 1;",
  });
  await project.save({ "word.ts": "\n\nexport const word = ;" });
  const error = await project.broken();
  assert.equal(error.name, "SyntaxError");
  assert.match(error.message, /^Expression expected\n/);
  assert.ok(error.message.endsWith(`at ${project.url("word.ts")}:3:21`), error.message);
  await project.save({ "word.ts": "type A = 1;\nexport const word = 1;\n  const;" });
  const other = await project.broken();
  assert.equal(
    `${other}`,
    `SyntaxError: Unexpected token ';'\n    at ${project.url("word.ts")}:3:3`,
  );
  await project.save({ "word.ts": "export const word = 1;" });
  assert.deepEqual(await project.next(), { kind: "mended" });
  await project.save({ "word.ts": "export const word = 2;" });
  assert.deepEqual(await project.loaded(), { value: 2 });
});

Deno.test("changes() gives what modules throw at their top level, with the line of the file", async () => {
  await using project = await Project.make({ "main.ts": program("1") });
  const thrower = `interface Long {
    readonly a: string;
    readonly b: string;
  }
  enum Kind { A }
  export function thrower(long?: Long): never {
    throw new RangeError(\`boom \${Kind[0]}\`);
  }`;
  await project.save({
    "thrower.ts": thrower,
    "main.ts": program("1", `import { thrower } from "./thrower.ts"; thrower();`),
  });
  const error = await project.broken();
  assert.equal(`${error}`, "RangeError: boom A");
  assert.equal(placeOf(error), `${project.url("thrower.ts")}:7:11`);
  assert.ok(error.stack?.includes(`at thrower (${project.url("thrower.ts")}:7:11)`), error.stack);
  assert.ok(error.stack?.includes(`at ${project.url("main.ts")}:2:41`), error.stack);
});

Deno.test("changes() says what a module lacks, and which line imports it", async () => {
  await using project = await Project.make({ "main.ts": program("1") });
  const [main, none] = [project.url("main.ts"), `${project.directory}/parts/none.ts`];
  await project.save({ "main.ts": program("one", `\nimport { one } from "./parts/none.ts";`) });
  const missing = await project.broken();
  const why = "there is no such file";
  assert.equal(missing.message, `Cannot read ${none}: ${why}, which ${main}:3 imports`);
  await project.save({ "parts/none.ts": "export const two = 2;" });
  const lacking = await project.broken();
  assert.equal(lacking.message, `./parts/none.ts has no export one, which ${main}:3 imports`);
  await project.save({ "parts/none.ts": "export const one = 1;" });
  assert.deepEqual(await project.loaded(), { value: 1 });
});

Deno.test("changes() wants main() to be called, once", async () => {
  await using project = await Project.make({ "main.ts": program("1") });
  await project.save({ "main.ts": `import "./system.ts";` });
  assert.match((await project.broken()).message, /^It does not call main\(\)/);
  await project.save({
    "main.ts": `import { main } from "./system.ts"; main({ value: 1 }); main({ value: 2 });`,
  });
  assert.match((await project.broken()).message, /^It calls main\(\) more than once/);
  await project.save({ "main.ts": program("3", "if (!import.meta.main) throw new Error();") });
  assert.deepEqual(await project.loaded(), { value: 3 });
});

Deno.test("changes() gives up modules that wait for ever, and takes the next save", async () => {
  const clock = new HeldClock();
  await using project = await Project.make({ "main.ts": program("1") }, { clock });
  await project.save({ "main.ts": program("1", "await new Promise(() => {});") });
  const broken = await passing(clock, project.broken());
  assert.match(broken.message, /^It has waited for 10 s at its top level/);
  await project.save({ "main.ts": program("2") });
  assert.deepEqual(await passing(clock, project.loaded()), { value: 2 });
});

Deno.test("Reloaded modules have import.meta of their files, JSON, and what they import later", async () => {
  await using project = await Project.make({ "main.ts": program("1") });
  await project.save({
    "data.json": `{ "answer": 42 }`,
    "parts/late.ts": `import { late } from "../other.js"; export default late;`,
    "other.js": "export const late = 'late';",
    "parts/part.ts": `import data from "../data.json" with { type: "json" };
      export const part = {
        data,
        url: import.meta.url,
        dirname: import.meta.dirname,
        filename: import.meta.filename,
        isMain: import.meta.main,
        resolved: import.meta.resolve("./x.ts"),
        file: new URL("../../dist/x", import.meta.url).href,
        late: (await import("./late.ts")).default,
        lateData: (await import("../data.json", { with: { type: "json" } })).default,
      };`,
    "main.ts": program("part", `import { part } from "./parts/part.ts";`),
  });
  const data = { answer: 42 };
  assert.deepEqual((await project.loaded()).value, {
    data,
    url: project.url("parts/part.ts"),
    dirname: `${project.directory}/parts`,
    filename: `${project.directory}/parts/part.ts`,
    isMain: false,
    resolved: project.url("parts/x.ts"),
    file: new URL("../dist/x", project.main).href,
    late: "late",
    lateData: data,
  });
  await project.save({ "data.json": `{ "answer": 43 }` });
  assert.deepEqual(((await project.loaded()).value as { data: unknown }).data, { answer: 43 });
  await project.save({ "data.json": "{" });
  const error = await project.broken();
  assert.ok(error.message.startsWith(`${project.url("data.json")} is no JSON: `), error.message);
});

Deno.test("changes() watches what a save adds, and what is imported later", async () => {
  await using project = await Project.make({ "main.ts": program("1") });
  await project.save({
    "more/one.ts": "export const one = (await import('./two.ts')).two;",
    "more/two.ts": `export { three as two } from "../deep/er/three.ts";`,
    "deep/er/three.ts": "export const three = 3;",
    "main.ts": program("one", `import { one } from "./more/one.ts";`),
  });
  assert.deepEqual(await project.loaded(), { value: 3 });
  await project.save({ "deep/er/three.ts": "export const three = 4;" });
  assert.deepEqual(await project.loaded(), { value: 4 });
});

Deno.test("changes() does not mind other files, and a module that is saved as it was", async () => {
  await using project = await Project.make({
    "main.ts": program(
      "word",
      `import { word } from "./word.ts"; import type { T } from "./t.ts";`,
    ),
    "word.ts": "export const word = 1;",
    "t.ts": "export type T = 1;",
  });
  const next = project.next();
  await project.save({ "other.ts": "export const other = ;" });
  await project.save({ "word.ts": "export const word = 1;", "t.ts": "export type T = 2;" });
  await project.save({ "word.ts": "export const word = 2;" });
  const change = await next;
  assert.deepEqual(change.kind === "loaded" && change.value, { value: 2 });
});

Deno.test("changes() sees files that modules name, and those that it is told of", async () => {
  const also: [URL, string][] = [];
  await using project = await Project.make({
    "main.ts": program("1", `export const tool = new URL("./bin/tool", import.meta.url);`),
    "script.ts": "1",
  }, { also: () => also });
  await project.save({ "bin/tool": "made" });
  assert.deepEqual(await project.loaded(), { value: 1 });
  await project.save({ "bin/tool": "made again" });
  assert.deepEqual(await project.loaded(), { value: 1 });
  const script = new URL(project.url("script.ts"));
  also.push([script, await assetStamp(script)]);
  await project.save({ "script.ts": "2" });
  project.live.look();
  assert.deepEqual(await project.loaded(), { value: 1 });
  await project.save({ "script.ts": "3" });
  assert.deepEqual(await project.loaded(), { value: 1 });
});

Deno.test("changes() names the intervals that modules of earlier saves have left", async () => {
  await using project = await Project.make({ "main.ts": program("0") });
  const beginning = "\nexport const id: number = setInterval(() => {}, 1_000_000);\n";
  const ids: number[] = [];
  for (const [save, left] of [[1, 0], [2, 1], [3, 2]]) {
    await project.save({ "main.ts": program(`[${save}, id]`, beginning) });
    const change = await project.next();
    assert.equal(change.kind, "loaded");
    const { value, intervals } = change as Loaded<{ value: number[] }>;
    assert.deepEqual(intervals, Array(left).fill(`${project.main}:3:27`));
    ids.push(value.value[1]!);
  }
  for (const id of ids) clearInterval(id);
  await project.save({ "main.ts": program("4") });
  const change = await project.next();
  assert.deepEqual(change.kind === "loaded" && change.intervals, []);
});

Deno.test("Reloaded modules have the library, packages and built-in modules that the program has", async () => {
  await using project = await Project.make({ "main.ts": program("1") });
  const imports = `import { Command } from 'bailiwick';
    import { table } from 'bailiwick/tools';
    import { readFile } from "node:fs/promises";
    import * as commander from "commander";`;
  const value = "{ Command, table, readFile, Program: commander.Command }";
  await project.save({ "main.ts": program(value, imports) });
  const loaded = (await project.loaded()).value as Record<string, unknown>;
  assert.equal(loaded["Command"], Command);
  assert.equal(loaded["table"], table);
  assert.equal(loaded["readFile"], readFile);
  assert.equal(loaded["Program"], Program);
});
