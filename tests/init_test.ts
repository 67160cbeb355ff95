/** `bailiwick init` from source. That of the npm package is in the outside test. */
import assert from "node:assert/strict";
import { ROOT } from "../scripts/sources.ts";
import { checkMadeSystem } from "./support/made_system.ts";
import { Project } from "./support/project.ts";

const INIT = [Deno.execPath(), "run", "-A", `${ROOT}/lib/cli/bailiwick.ts`, "init"] as const;

Deno.test("init makes a system that runs and can be tested at once", async () => {
  await using project = await Project.make();
  const said = await project.run(
    Deno.execPath(),
    "task",
    "--cwd",
    ROOT,
    "init",
    `${project.directory}/shop`,
  );
  assert.match(said, /Begin with:\n\n {2}cd .*\/shop\n {2}deno task up\n {2}deno task test\n$/);
  const { directory, environment } = project;
  const deno = [Deno.execPath()] as const;
  await checkMadeSystem({ directory: `${directory}/shop`, environment, deno });
  const readme = await Deno.readTextFile(`${directory}/shop/README.md`);
  assert.match(readme, /^# shop\n/);
  assert.match(readme, /^deno task up /m);
  assert.ok(readme.split("\n").length <= 16);
});

Deno.test("init says why it cannot make a system, and leaves nothing", async () => {
  await using project = await Project.make();
  const { directory } = project;
  await Deno.mkdir(`${directory}/full`);
  for (const name of ["b", "a", "c"]) await Deno.writeTextFile(`${directory}/full/${name}`, "");
  const cases: [string, RegExp][] = [
    ["full", /full: it is not empty, but has a and 2 more in it; name a new directory$/m],
    ["full/a", /full\/a: it is, or is in, what is no directory$/m],
    ["full/a/shop", /full\/a\/shop: it is, or is in, what is no directory$/m],
    ["none/shop", /none\/shop: there is no directory .*\/none; make it first$/m],
    [
      "/proc/shop",
      /\/proc\/shop: there is no directory \/proc; make it first$|permission denied$/m,
    ],
  ];
  for (const [name, message] of cases) assert.match(await project.fail(...INIT, name), message);
  assert.match(await project.fail(...INIT), /missing required argument 'dir'/);
  const left = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
  assert.deepEqual(left.filter((name) => name !== "cache"), ["full"]);
});

Deno.test("init shows what a shell can be told, whatever the directory is called", async () => {
  await using project = await Project.make();
  const said = await project.run(...INIT, "it's mine");
  const [cd] = said.match(/^ {2}cd .*$/m) ?? assert.fail(said);
  assert.equal(await project.run("sh", "-c", `${cd} && ls main.ts`), "main.ts\n");
});

Deno.test("init takes an empty directory, the current one too", async () => {
  await using project = await Project.make();
  const shop = `${project.directory}/my shop`;
  await Deno.mkdir(shop);
  const words = INIT.map((word) => `'${word}'`).join(" ");
  const said = await project.run("sh", "-c", `cd 'my shop' && ${words} .`);
  assert.match(said, /Begin with:\n\n {2}deno task up\n/);
  assert.match(await Deno.readTextFile(`${shop}/main.ts`), /name: "my_shop"/);
});
