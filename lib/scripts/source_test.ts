import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { readScript } from "./source.ts";

async function inDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-script-test-" });
  try {
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

const textOf = (content: Uint8Array) => new TextDecoder().decode(content);

Deno.test("readScript() bundles again what was changed, and only that", async () => {
  await inDirectory(async (directory) => {
    const url = pathToFileURL(`${directory}/app.ts`);
    await Deno.writeTextFile(url, `import { word } from "./word.ts"; console.log(word);`);
    await Deno.writeTextFile(`${directory}/word.ts`, `export const word: string = "first";`);
    const first = await readScript(url);
    assert.equal(await readScript(url), first);
    await Deno.writeTextFile(`${directory}/word.ts`, `export const word: string = "second one";`);
    const second = await readScript(url);
    const code = ({ files, main }: typeof first) => {
      const file = files.find(({ path }) => path === main);
      assert.ok(file);
      return textOf(file.content);
    };
    assert.match(code(first), /"first"/);
    assert.match(code(second), /"second one"/);
  });
});

Deno.test("readScript() takes along what its modules name, and what those name", async () => {
  await inDirectory(async (directory) => {
    const url = pathToFileURL(`${directory}/app.ts`);
    await Deno.writeTextFile(url, `new Worker(new URL("./worker.ts", import.meta.url));`);
    await Deno.writeTextFile(
      `${directory}/worker.ts`,
      `console.log(new URL("./run.sh", import.meta.url));`,
    );
    await Deno.writeTextFile(`${directory}/run.sh`, "true", { mode: 0o755 });
    const { files, main } = await readScript(url);
    const names = files.map(({ path, mode }) => `${path.split("/").at(-1)} ${mode.toString(8)}`);
    assert.deepEqual(names, ["app.js 644", "worker.js 644", "run.sh 755", "package.json 644"]);
    assert.equal(main, files[0]!.path);
    const [worker, script] = [files[1]!, files[2]!].map(({ path }) => `../../${path}`);
    assert.ok(textOf(files[0]!.content).includes(`new URL("${worker}", import.meta.url)`));
    assert.ok(textOf(files[1]!.content).includes(`new URL("${script}", import.meta.url)`));
  });
});

Deno.test("readScript() says what is wrong with a module, and reads it again when it is mended", async () => {
  await inDirectory(async (directory) => {
    const url = pathToFileURL(`${directory}/app.ts`);
    await assert.rejects(readScript(url), { name: "AssetError", isMissing: true });
    await Deno.writeTextFile(url, `import "./none.ts";`);
    await assert.rejects(readScript(url), /Cannot bundle .*app\.ts: .*none\.ts/s);
    await Deno.writeTextFile(url, `console.log(1);`);
    assert.equal((await readScript(url)).files.length, 2);
  });
});
