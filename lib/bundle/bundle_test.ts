import assert from "node:assert/strict";
import { basename } from "node:path/posix";
import { bundle, type Bundled } from "./bundle.ts";

async function inTree(
  tree: Readonly<Record<string, string>>,
  body: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-bundle-test-" });
  try {
    for (const [name, text] of Object.entries(tree)) {
      const path = `${directory}/${name}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path, text);
    }
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function bundleOf(main: string): Promise<Bundled> {
  const [bundled, ...others] = await bundle([main]);
  assert.equal(others.length, 0);
  return bundled!;
}

const place = ({ pathname }: URL) => `at(${JSON.stringify(basename(pathname))})`;

Deno.test("bundle() finds the files that modules name, from where each module is", async () => {
  const tree = {
    "main.ts": `import { urls } from "./parts/part.ts";
      console.log(urls(), new URL("./data/one", import.meta.url), import.meta.url);`,
    "data/one": "1",
    "parts/two": "2",
    "three": "3",
    "parts/part.ts": `interface Unused { readonly a: string }
      const asIs: Unused = { a: 'new URL("./missing", import.meta.url)' };
      export const urls = () => [
        new URL(\`./two\`, import.meta.url),
        import.meta.resolve('../three'),
        new URL("../data/", import.meta.url),
        new URL("https://example.org/", import.meta.url),
        new URL("http://[", import.meta.url),
        asIs, // new URL("./missing", import.meta.url)
        \`new URL("./missing", import.meta.url) \${new URL("./two", import.meta.url)}\`,
      ];`,
  };
  await inTree(tree, async (directory) => {
    const bundled = await bundleOf(`${directory}/main.ts`);
    assert.deepEqual(
      bundled.files.map(({ url }) => url.pathname.slice(directory.length)),
      ["/parts/two", "/three", "/parts/two", "/data/one"],
    );
    const code = bundled.code(place);
    for (
      const line of [
        `at("two"),`,
        `at("three").href,`,
        `new URL("../data/", import.meta.url),`,
        `\`new URL("./missing", import.meta.url) \${at("two")}\``,
        `console.log(urls(), at("one"), import.meta.url);`,
      ]
    ) assert.ok(code.includes(line), `${line} is in\n${code}`);
  });
});

Deno.test("bundle() says which module names a file that is missing", async () => {
  const main = `console.log(new URL("./none", import.meta.url));`;
  await inTree({ "main.ts": main }, async (directory) => {
    await assert.rejects(bundleOf(`${directory}/main.ts`), {
      message: `Cannot read ${directory}/none, which ${directory}/main.ts names: ` +
        "there is no such file; build it first",
    });
  });
});

Deno.test("bundle() leaves out what is not used, and what other people's packages lack", async () => {
  const tree = {
    "package.json": "{}",
    "main.ts": `import { used } from "./used.ts";
      import { other } from "./node_modules/other/mod.js";
      console.log(used, other());`,
    "used.ts": `export const used = 1;
      export const unused = () => new URL("./none", import.meta.url);`,
    "node_modules/other/package.json": `{ "name": "other", "type": "module" }`,
    "node_modules/other/mod.js": `export const other = () => new URL("./none", import.meta.url);`,
  };
  await inTree(tree, async (directory) => {
    const bundled = await bundleOf(`${directory}/main.ts`);
    assert.deepEqual(bundled.files, []);
    assert.match(bundled.code(place), /new URL\("\.\/none", import\.meta\.url\)/);
  });
});

Deno.test("bundle() says where a module is wrong", async () => {
  await inTree({ "main.ts": "const a = ;" }, async (directory) => {
    const main = `${directory}/main.ts`;
    await assert.rejects(bundleOf(main), (error) => {
      assert.ok(error instanceof Error);
      assert.ok(error.message.startsWith(`Cannot bundle ${main}: SyntaxError: `), error.message);
      assert.ok(error.message.includes(`file://${main}:1:11`), error.message);
      assert.ok(!error.message.includes("backtrace"), error.message);
      return true;
    });
  });
});
