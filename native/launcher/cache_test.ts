import assert from "node:assert/strict";
import { Bench } from "./testing.ts";

async function modes(directory: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  async function walk(path: string, name: string): Promise<void> {
    const { mode, isDirectory } = await Deno.lstat(path);
    found[name] = ((mode ?? 0) & 0o7777).toString(8);
    if (!isDirectory) return;
    for await (const entry of Deno.readDir(path)) {
      await walk(`${path}/${entry.name}`, name === "." ? entry.name : `${name}/${entry.name}`);
    }
  }
  await walk(directory, ".");
  return found;
}

const inode = async (path: string) => (await Deno.stat(path)).ino;

/** Writes into a file as its owner could, and puts the modification time back. */
async function tamper(path: string): Promise<void> {
  const before = await Deno.stat(path);
  await Deno.chmod(path, 0o700);
  const bytes = await Deno.readFile(path);
  bytes[bytes.length >> 1]! ^= 0xff;
  await Deno.writeFile(path, bytes);
  await Deno.chmod(path, before.mode! & 0o777);
  await Deno.utime(path, before.atime!, before.mtime!);
}

Deno.test("launcher unpacks to files that only their user can read, and none can write", async () => {
  await using bench = await Bench.make();
  await bench.report();
  assert.deepEqual(await modes(await bench.unpacked()), {
    ".": "700",
    "program.js": "400",
    "caches": "700",
    "caches/dep_analysis_cache_v2": "400",
    "caches/node_analysis_cache_v2": "400",
    "caches/v8_code_cache_v2": "400",
    "native": "700",
    "native/x86_64": "700",
    "native/x86_64/agent": "500",
    "runtime": "700",
    "runtime/stand-in": "500",
    "verified": "600",
  });
  assert.equal(((await Deno.stat(bench.place)).mode ?? 0) & 0o7777, 0o700);
});

Deno.test("launcher lends each run a copy of deno's caches, and none is left", async () => {
  await using bench = await Bench.make();
  await bench.report();
  const unpacked = await bench.unpacked();
  const before = await Deno.stat(`${unpacked}/caches/v8_code_cache_v2`);
  await Deno.mkdir(`${bench.place}/run-1999999999`); // of a run that was killed
  await bench.report();
  assert.equal(await bench.unpacked(), unpacked);
  const after = await Deno.stat(`${unpacked}/caches/v8_code_cache_v2`);
  assert.deepEqual([after.ino, after.ctime], [before.ino, before.ctime]);
});

Deno.test("launcher makes deno's caches without running the program", async () => {
  await using bench = await Bench.make();
  const runs = `${bench.directory}/runs`;
  await bench.report({ TEST_RUNS: runs });
  assert.equal(await Deno.readTextFile(runs), "run\n");
  assert.ok((await Deno.stat(`${await bench.unpacked()}/caches/v8_code_cache_v2`)).size > 0);
});

Deno.test("launcher unpacks once", async () => {
  await using bench = await Bench.make();
  await bench.report();
  const runtime = `${await bench.unpacked()}/runtime/stand-in`;
  const first = await inode(runtime);
  await bench.report();
  assert.equal(await inode(runtime), first);
});

Deno.test("launcher started eight times at once unpacks once, and all run", async () => {
  await using bench = await Bench.make();
  const reports = await Promise.all(Array.from({ length: 8 }, () => bench.report()));
  const unpacked = await bench.unpacked();
  for (const report of reports) assert.equal(report.directory, unpacked);
});

const FILES = [
  "runtime/stand-in",
  "program.js",
  "native/x86_64/agent",
  "verified",
  "caches/v8_code_cache_v2",
];

for (const name of FILES) {
  Deno.test(`launcher rebuilds the cache when ${name} was changed after unpacking`, async () => {
    await using bench = await Bench.make();
    await bench.report();
    const path = `${await bench.unpacked()}/${name}`;
    await tamper(path);
    const changed = await Deno.readFile(path);
    assert.equal((await bench.report()).comm, "stand-in");
    assert.notDeepEqual(await Deno.readFile(`${await bench.unpacked()}/${name}`), changed);
  });
}

const DAMAGES: Record<string, (directory: string) => Promise<void>> = {
  "a file is missing": (at) => Deno.remove(`${at}/native/x86_64/agent`),
  "its record is missing": (at) => Deno.remove(`${at}/verified`),
  "its record is empty": (at) => Deno.writeTextFile(`${at}/verified`, ""),
  "a file is a symbolic link": async (at) => {
    await Deno.rename(`${at}/program.js`, `${at}/other.js`);
    await Deno.symlink("other.js", `${at}/program.js`);
  },
  "a file can be written": (at) => Deno.chmod(`${at}/program.js`, 0o600),
  "it can be written by others": (at) => Deno.chmod(at, 0o777),
  "it is a symbolic link": async (at) => {
    await Deno.rename(at, `${at}/../../elsewhere`);
    await Deno.symlink("../elsewhere", at);
  },
  "it is a file": async (at) => {
    await Deno.remove(at, { recursive: true });
    await Deno.writeTextFile(at, "");
  },
};

for (const [what, damage] of Object.entries(DAMAGES)) {
  Deno.test(`launcher rebuilds the cache when ${what}`, async () => {
    await using bench = await Bench.make();
    await bench.report();
    const before = await bench.unpacked();
    await damage(before);
    assert.equal((await bench.report()).directory, before);
    assert.equal((await modes(await bench.unpacked()))["program.js"], "400");
  });
}

Deno.test("launcher hashes everything again after a boot, and keeps what is right", async () => {
  await using bench = await Bench.make();
  await bench.report();
  const unpacked = await bench.unpacked();
  const record = await Deno.readFile(`${unpacked}/verified`);
  const first = await inode(`${unpacked}/runtime/stand-in`);
  const other = record.slice();
  other.set(new TextEncoder().encode("another0"), 32); // the boot's identity follows the pack's hash
  await Deno.writeFile(`${unpacked}/verified`, other);
  await bench.report();
  const again = await Deno.readFile(`${unpacked}/verified`);
  assert.deepEqual(again.subarray(0, 72), record.subarray(0, 72));
  assert.equal(await inode(`${unpacked}/runtime/stand-in`), first);
});

Deno.test("launcher removes what a killed unpacking left", async () => {
  await using bench = await Bench.make();
  await Deno.mkdir(`${bench.place}/.new/native`, { recursive: true, mode: 0o700 });
  await Deno.chmod(bench.place, 0o700);
  await Deno.writeTextFile(`${bench.place}/.new/native/half`, "half");
  await bench.report();
  await bench.unpacked();
});
