import assert from "node:assert/strict";
import { Buffer } from "node:buffer";

const script = new URL("../compile.ts", import.meta.url).pathname;

async function compile(args: string[], env: Record<string, string> = {}) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", script, ...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

async function withProgram(fn: (directory: string, entry: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-compile-test-" });
  try {
    await Deno.writeTextFile(`${directory}/program.ts`, "console.log('args', ...Deno.args);\n");
    await fn(directory, `${directory}/program.ts`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("compile packs an executable that runs, small enough, twice the same", async () => {
  await withProgram(async (directory, entry) => {
    const [one, two] = [`${directory}/one`, `${directory}/two`];
    const { code, stdout, stderr } = await compile(["--pack", "--entry", entry, "--out", one]);
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /Not by deno compile: --pack was given\nMade .*\/one by packing deno .* MB/,
    );
    assert.match(stdout, /^ {2}program\.js +\d+ +\d+$/m);
    assert.equal((await compile(["--pack", "--entry", entry, "--out", two])).code, 0);
    assert.ok(Buffer.from(await Deno.readFile(two)).equals(await Deno.readFile(one)));
    const limit = (await Deno.stat(Deno.execPath())).size + 5e6;
    assert.ok((await Deno.stat(one)).size <= limit);
    const ran = await new Deno.Command(one, {
      args: ["a", "b"],
      env: { XDG_CACHE_HOME: directory },
    }).output();
    assert.equal(new TextDecoder().decode(ran.stdout), "args a b\n");
  });
});

// Any ELF file serves as denort here: what is tested is the way there, not what it would run.
Deno.test("compile uses deno compile where there is a denort", async () => {
  await withProgram(async (directory, entry) => {
    const out = `${directory}/out`;
    const env = { DENORT_BIN: Deno.execPath() };
    const { code, stdout, stderr } = await compile(["--entry", entry, "--out", out], env);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Made .*\/out by deno compile: [\d.]+ MB$/m);
    const first = await Deno.readFile(out);
    await compile(["--entry", entry, "--out", out], env);
    assert.ok(Buffer.from(first).equals(await Deno.readFile(out)));
  });
});

Deno.test("compile says what is wrong with its arguments, with exit code 2", async () => {
  const { code, stderr } = await compile(["--arch", "mips"]);
  assert.equal(code, 2);
  assert.match(stderr, /Unknown architecture mips: it is x86_64 or aarch64/);
});
