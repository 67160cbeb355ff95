/** What JSR would say to the library, which is asked without being told of it. */
import assert from "node:assert/strict";
import config from "../deno.json" with { type: "json" };
import { bundle } from "../lib/bundle/mod.ts";
import { ROOT } from "../scripts/sources.ts";

Deno.test("deno publish finds nothing wrong, and every file that a module names", async () => {
  const { success, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  assert.ok(success, said);
  const published = new Set(Array.from(said.matchAll(/file:\/\/(\S+) \(/g), ([, path]) => path!));
  const entries = Object.values(config.exports).map((entry) => `${ROOT}/${entry.slice(2)}`);
  const named = (await bundle(entries)).flatMap(({ files }) =>
    files.map(({ url }) => url.pathname)
  );
  assert.ok(named.length >= 8, `${named}`);
  const wanted = [...entries, `${ROOT}/LICENSE`, `${ROOT}/README.md`, ...named];
  assert.deepEqual(wanted.filter((path) => !published.has(path)), []);
  const tests = [...published].filter((path) => /_test\.ts$/.test(path));
  assert.deepEqual(tests, [`${ROOT}/lib/testing/system_test.ts`]);
});
