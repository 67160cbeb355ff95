/**
 * The library as others have it: its npm package, installed in an empty directory outside of the
 * repository, and a system there with a component and a native program of its own.
 */
import assert from "node:assert/strict";
import { packPackage } from "../scripts/pack/npm_package.ts";
import { checkMadeSystem } from "./support/made_system.ts";
import { Project } from "./support/project.ts";
import { fromFileUrl } from "./support/urls.ts";

const SYSTEM = fromFileUrl("../outside");
const FILES = [
  ...["main.ts", "greetd/mod.ts", "greetd/greetd.c"],
  ...["mod.ts", "front.ts", "types.ts"].map((name) => `front/${name}`),
];

/** Copies a file of the system into the user's directory. */
async function copy({ directory }: Project, from: string, to = from): Promise<void> {
  await Deno.mkdir(`${directory}/${to}`.replace(/\/[^/]*$/, ""), { recursive: true });
  await Deno.copyFile(`${SYSTEM}/${from}`, `${directory}/${to}`);
}

Deno.test("the npm package is all that a system of somebody else's needs", async (t) => {
  await using project = await Project.make();

  await t.step("it has what hosts of both architectures need, licence and README", async () => {
    const tarball = await packPackage(project.directory);
    const names = (await project.run("tar", "-tzf", tarball)).split("\n");
    const natives = ["agent", "launcher", "libbailiwick_ffi.so", "relay"];
    const wanted = [
      ...["x86_64", "aarch64"].flatMap((arch) => natives.map((name) => `native/${arch}/${name}`)),
      ...["LICENSE", "README.md", "package.json", "lib/mod.js", "lib/mod.d.ts"],
      "docs/writing-components.md",
    ];
    const missing = wanted.filter((name) => !names.includes(`package/${name}`));
    assert.deepEqual(missing, []);
    const install = `npm install --no-audit --no-fund ./bailiwick-*.tgz && rm ./bailiwick-*.tgz`;
    await project.run("sh", "-c", install);
  });

  await t.step(
    "a system with components of its own runs, one native and one in TypeScript",
    async () => {
      for (const name of FILES) await copy(project, name);
      await copy(project, "checks.ts", "main_test.ts");
      const unbuilt = await project.fail("npx", "deno", "run", "-A", "main.ts");
      assert.match(unbuilt, /Cannot read .*\/greetd\/build\/greetd: there is no such file; build/);
      await Deno.mkdir(`${project.directory}/greetd/build`);
      await project.run("cc", "-static", "-o", "greetd/build/greetd", "greetd/greetd.c");
      assert.equal(await project.run("npx", "deno", "run", "-A", "main.ts", "you"), "hello you\n");
    },
  );

  await t.step("its types are checked against the package's", async () => {
    await project.run("npx", "deno", "check", "main.ts", "main_test.ts", "front/front.ts");
    const wrong = `import { localHost } from "bailiwick"; localHost({ name: 7 });`;
    await Deno.writeTextFile(`${project.directory}/wrong.ts`, wrong);
    const said = await project.fail("npx", "deno", "check", "wrong.ts");
    assert.match(said, /TS2322.*number.*string/);
  });

  await t.step("its documentation is there", async () => {
    const doc = await project.run("npx", "deno", "doc", "node_modules/bailiwick/lib/mod.d.ts");
    assert.match(doc, /new BuiltinPackage\("exampled"/);
  });

  await t.step("it is tested with bailiwick/testing", async () => {
    assert.match(await project.run("npx", "deno", "test", "-A"), /ok \| [23] passed \| 0 failed/);
  });

  await t.step("init makes a system that runs and can be tested at once", async () => {
    await using other = await Project.make();
    const { directory, environment } = other;
    const said = await project.run("npx", "bailiwick", "init", `${directory}/shop`);
    assert.match(said, /\n {2}npx deno task up\n/);
    assert.match(await Deno.readTextFile(`${directory}/shop/README.md`), /^npx deno task up /m);
    const deno = ["npx", "deno"] as const;
    await checkMadeSystem({ directory: `${directory}/shop`, environment, deno });
  });

  await t.step("its executable runs without all of this", async () => {
    await project.run("npx", "bailiwick", "compile", "main.ts", "-o", "dist/greet");
    for (const name of ["node_modules", "greetd", "front", "main.ts", "package.json"]) {
      await Deno.remove(`${project.directory}/${name}`, { recursive: true });
    }
    assert.equal(await project.run("./dist/greet", "there"), "hello there\n");
  });
});
