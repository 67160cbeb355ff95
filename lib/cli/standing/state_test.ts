import assert from "node:assert/strict";
import { UsageError } from "../usage_error.ts";
import { parseSystemName, SystemState } from "./state.ts";

async function withState(test: (state: SystemState, systems: string) => Promise<void>) {
  const systems = await Deno.makeTempDir();
  try {
    await test(new SystemState("shop", systems), systems);
  } finally {
    await Deno.remove(systems, { recursive: true });
  }
}

Deno.test("parseSystemName() takes what an agent takes, and nothing else", () => {
  for (const name of ["a", "0", "shop-2.x_y", "a".repeat(63)]) {
    assert.equal(parseSystemName(name), name);
  }
  for (const name of ["", "A", "-a", ".", "..", "a/b", "a b", "é", "a\n", "a".repeat(64)]) {
    assert.throws(() => parseSystemName(name), UsageError, JSON.stringify(name));
  }
});

Deno.test("what is written is there for its user alone", () =>
  withState(async (state) => {
    assert.equal(await state.read("a.json"), undefined);
    await state.write("a.json", { b: 1 });
    assert.deepEqual(await state.read("a.json"), { b: 1 });
    const modes = [state.directory, `${state.directory}/a.json`].map((path) =>
      Deno.statSync(path).mode! & 0o777
    );
    assert.deepEqual(modes, [0o700, 0o600]);
    assert.deepEqual([...Deno.readDirSync(state.directory)].map(({ name }) => name), ["a.json"]);
    await state.remove("a.json");
    await state.remove("a.json");
    assert.equal(await state.read("a.json"), undefined);
  }));

Deno.test("what cannot be written leaves nothing behind", () =>
  withState(async (state) => {
    await state.make();
    await Deno.mkdir(`${state.directory}/a.json`);
    await assert.rejects(state.write("a.json", 1));
    assert.deepEqual([...Deno.readDirSync(state.directory)].map(({ name }) => name), ["a.json"]);
  }));

Deno.test("changes at the same time are made one after the other", () =>
  withState(async (state) => {
    const add = (number: number) =>
      state.change<number[]>("list.json", (list = []) => [...list, number]);
    await Promise.all(Array.from({ length: 20 }, (_, number) => add(number)));
    const list = await state.read<number[]>("list.json");
    assert.deepEqual(list!.toSorted((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i));
  }));

Deno.test("a state of a newer build, or a damaged one, is refused and named", () =>
  withState(async (state) => {
    await state.make();
    const path = `${state.directory}/hosts.json`;
    await Deno.writeTextFile(path, '{"schema":2,"value":[]}');
    await assert.rejects(state.read("hosts.json"), {
      message: `Cannot read ${path}: it has schema 2, and this build reads 1`,
    });
    await Deno.writeTextFile(path, "null");
    await assert.rejects(state.read("hosts.json"), /hosts\.json, which is damaged/);
    await Deno.writeTextFile(path, '{"schema":1,"val');
    await assert.rejects(state.read("hosts.json"), /hosts\.json, which is damaged/);
    await assert.rejects(state.change("hosts.json", () => []), /which is damaged/);
    assert.equal(await Deno.readTextFile(path), '{"schema":1,"val');
  }));

Deno.test("a directory that others can use is refused, and left as it is", () =>
  withState(async (state) => {
    await Deno.mkdir(state.directory);
    await Deno.chmod(state.directory, 0o755);
    await assert.rejects(
      state.write("a.json", 1),
      /is not a directory that only this user can use/,
    );
    assert.deepEqual([...Deno.readDirSync(state.directory)], []);
  }));

Deno.test("a link in the place of a directory is refused", () =>
  withState(async (state, systems) => {
    const elsewhere = await Deno.makeTempDir({ dir: systems });
    await Deno.symlink(elsewhere, state.directory);
    await assert.rejects(
      state.write("a.json", 1),
      /is not a directory that only this user can use/,
    );
    assert.deepEqual([...Deno.readDirSync(elsewhere)], []);
  }));
