/** The command `bailiwick`. What it makes of a system is in the outside test. */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { ROOT } from "../scripts/sources.ts";

async function bailiwick(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${ROOT}/lib/cli/bailiwick.ts`, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const [said, wrong] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: said!, stderr: wrong! };
}

Deno.test("bailiwick compile says what is wrong with its arguments, with status 2", async () => {
  const cases: [string[], RegExp][] = [
    [["compile", "main.ts"], /required option '-o, --output <file>' not specified/],
    [["compile", "-o", "x"], /missing required argument 'main'/],
    [["compile", "main.ts", "-o", "x", "--arch", "mips"], /Allowed choices are x86_64, aarch64/],
    [["compyle"], /unknown command 'compyle'/],
  ];
  await Promise.all(cases.map(async ([args, message]) => {
    const { code, stderr } = await bailiwick(...args);
    assert.match(stderr, message);
    assert.equal(code, 2, args.join(" "));
  }));
});

Deno.test("bailiwick compile names the program that is not there, with status 1", async () => {
  const { code, stdout, stderr } = await bailiwick("compile", "/none/main.ts", "-o", "/none/x");
  assert.match(stderr, /^error: Cannot compile \/none\/main\.ts: No such file or directory/m);
  assert.deepEqual([code, stdout], [1, ""]);
});

Deno.test("bailiwick --version is the library's", async () => {
  assert.equal((await bailiwick("--version")).stdout, `${config.version}\n`);
});

Deno.test("bailiwick --help names its commands, with status 0", async () => {
  const { code, stdout } = await bailiwick("--help");
  assert.match(stdout, /^ {2}compile \[options\] <main> /m);
  assert.equal(code, 0);
});
