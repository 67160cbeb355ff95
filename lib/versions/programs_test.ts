import assert from "node:assert/strict";
import { wholeProgram } from "./program.ts";
import { Programs } from "./programs.ts";

const text = (content: string) => new TextEncoder().encode(content);
const program = (content: string) =>
  wholeProgram([
    { name: "program.js", content: text(content), executable: false },
    { name: "files/1/tool", content: text("#!/bin/sh\n"), executable: true },
  ]);
const START = { words: ["up"], cwd: "/" };

async function inDirectory(test: (programs: Programs, directory: string) => Promise<void>) {
  const directory = await Deno.makeTempDir();
  try {
    await test(new Programs(`${directory}/programs`), `${directory}/programs`);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("Programs has nothing before something was kept", async () => {
  await inDirectory(async (programs) => assert.deepEqual(await programs.list(), []));
});

Deno.test("Programs runs what was kept, with its files, after another was", async () => {
  await inDirectory(async (programs) => {
    const say = `console.log("one", Deno.args.join());`;
    await programs.keep(program(say), { words: ["up", "--port", "7"], cwd: "/" });
    await programs.keep(program("console.log('two')"), START);
    const [, earlier] = await programs.list();
    const [path, ...args] = [...earlier!.command, ...earlier!.words];
    const { stdout } = await new Deno.Command(path!, { args, cwd: earlier!.cwd }).output();
    assert.equal(new TextDecoder().decode(stdout), "one up,--port,7\n");
  });
});

Deno.test("Programs keeps the last five starts, and no program that none of them needs", async () => {
  await inDirectory(async (programs, directory) => {
    for (let i = 0; i < 8; i++) await programs.keep(program(`${i}`), START);
    const kept = await programs.list();
    assert.equal(kept.length, 5);
    const there = Array.from(Deno.readDirSync(directory)).filter((each) => each.isDirectory);
    assert.deepEqual(there.map(({ name }) => name).sort(), kept.map(({ hash }) => hash).sort());
  });
});

Deno.test("Programs takes an equal start for the last one, and the same program with other words for another", async () => {
  await inDirectory(async (programs) => {
    await programs.keep(program("a"), START);
    await programs.keep(program("a"), START);
    assert.equal((await programs.list()).length, 1);
    await programs.keep(program("a"), { words: ["up", "--shards", "4"], cwd: "/" });
    const [last, before] = await programs.list();
    assert.equal(last!.hash, before!.hash);
    assert.deepEqual(last!.words, ["up", "--shards", "4"]);
  });
});

Deno.test("Programs that are kept at once are all whole", async () => {
  await inDirectory(async (programs, directory) => {
    await Promise.all(Array.from({ length: 8 }, () => programs.keep(program("a"), START)));
    const names = Array.from(Deno.readDirSync(directory), ({ name }) => name);
    assert.deepEqual(names.filter((name) => name.startsWith(".")), []);
    const [{ hash } = { hash: "" }] = await programs.list();
    const file = await Deno.stat(`${directory}/${hash}/files/1/tool`);
    assert.equal(file.mode! & 0o777, 0o700);
  });
});

Deno.test("Programs refuses a list of a newer build, and one that is damaged", async () => {
  await inDirectory(async (programs, directory) => {
    await programs.keep(program("a"), START);
    const list = `${directory}/starts.json`;
    await Deno.writeTextFile(list, `{"schema":2,"starts":[]}`);
    await assert.rejects(programs.list(), /schema 2, and this build reads 1/);
    await Deno.writeTextFile(list, `{"schema"`);
    await assert.rejects(programs.list(), /is no JSON/);
  });
});

Deno.test("Programs goes back to the last start before the last one with which all was ready", async () => {
  await inDirectory(async (programs) => {
    const keep = (content: string) => programs.keep(program(content), START);
    await programs.ready(await keep("good"));
    const [good] = await programs.list();
    assert.equal(await programs.before(), undefined);
    await keep("bad");
    assert.equal((await programs.before())!.hash, good!.hash);
    await programs.ready(await keep("better"));
    assert.equal((await programs.before())!.hash, good!.hash);
    await keep("worse");
    assert.equal((await programs.before())!.hash, (await programs.list())[1]!.hash);
  });
});

Deno.test("Programs goes back to another program than the one that was gone back to", async () => {
  await inDirectory(async (programs) => {
    const keep = (content: string) => programs.keep(program(content), START);
    for (const content of ["one", "two"]) await programs.ready(await keep(content));
    const [, one] = await programs.list();
    await keep("bad");
    await programs.ready(await keep("two"));
    assert.equal((await programs.before())!.hash, one!.hash);
  });
});

Deno.test("Programs keeps the last start with which all was ready, however many have failed since", async () => {
  await inDirectory(async (programs) => {
    await programs.ready(await programs.keep(program("good"), START));
    const [good] = await programs.list();
    for (let i = 0; i < 8; i++) await programs.keep(program(`bad ${i}`), START);
    assert.equal((await programs.before())!.hash, good!.hash);
    assert.equal((await programs.list()).length, 6);
    assert.equal((await programs.keep(program("good"), START)).wasReady, true);
  });
});
