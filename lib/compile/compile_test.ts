import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { compile } from "./mod.ts";

const MAIN = `import { data } from "./parts/data.ts";
import { isExecutable } from "${new URL("../assets/packed.ts", import.meta.url)}";
const text = await Deno.readTextFile(data);
const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const squared = await new Promise((resolve) => {
  worker.onmessage = ({ data }) => resolve(data);
  worker.postMessage(12);
});
worker.terminate();
const title = Deno.readTextFileSync("/proc/self/comm").trim();
console.log("args", ...Deno.args, text, squared, isExecutable, title);
`;

const TREE = {
  "main.ts": MAIN,
  "square.ts": "export const square = (n: number): number => n * n;\n",
  "worker.ts": `import { square } from "./square.ts";
    self.onmessage = ({ data }: MessageEvent<number>) => self.postMessage(square(data));`,
  "parts/data.ts": `export const data = new URL("../data file.txt", import.meta.url);`,
  "data file.txt": "some text",
};

async function withProgram(fn: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-compile-test-" });
  try {
    await Deno.mkdir(`${directory}/parts`);
    for (const [name, text] of Object.entries(TREE)) {
      await Deno.writeTextFile(`${directory}/${name}`, text);
    }
    await fn(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("compile() packs a program with the files and modules it names, twice the same", async () => {
  await withProgram(async (directory) => {
    const [one, two] = [`${directory}/one/a shop`, `${directory}/two/a shop`];
    const made = await compile(`${directory}/main.ts`, { output: one });
    assert.equal(made.path, one);
    const own = ["data file.txt", "main.ts", "worker.ts"].map((name) => `${directory}/${name}`);
    assert.deepEqual(made.files.map(({ source }) => source), [Deno.execPath(), ...own].toSorted());
    await compile(`${directory}/main.ts`, { output: two });
    assert.ok(Buffer.from(await Deno.readFile(two)).equals(await Deno.readFile(one)));
    assert.ok(made.size <= (await Deno.stat(Deno.execPath())).size + 5e6);
    for (const name of Object.keys(TREE)) await Deno.remove(`${directory}/${name}`);
    const ran = await new Deno.Command(one, {
      args: ["a", "b"],
      cwd: "/",
      env: { XDG_CACHE_HOME: directory },
    }).output();
    const [stdout, stderr] = [ran.stdout, ran.stderr].map((bytes) =>
      new TextDecoder().decode(bytes)
    );
    assert.equal(stdout, "args a b some text 144 true a_shop\n", stderr);
  });
});

Deno.test("compile() refuses an empty file and an unknown architecture, with nothing made", async () => {
  await withProgram(async (directory) => {
    const [main, output] = [`${directory}/main.ts`, `${directory}/out`];
    await Deno.writeTextFile(`${directory}/data file.txt`, "");
    await assert.rejects(compile(main, { output }), {
      message: `Cannot pack ${directory}/data file.txt, which ${directory}/parts/data.ts names: ` +
        "it is empty",
    });
    const mips = { output, arch: "mips" } as unknown as { output: string };
    await assert.rejects(compile(main, mips), {
      name: "TypeError",
      message: "Unknown architecture mips: it is x86_64 or aarch64",
    });
    await assert.rejects(Deno.stat(output), Deno.errors.NotFound);
  });
});
