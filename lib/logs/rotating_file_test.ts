import assert from "node:assert/strict";
import { join } from "node:path/posix";
import { minutes } from "../clock/mod.ts";
import { HeldClock } from "../testing/held_clock.ts";
import { RotatingFile } from "./rotating_file.ts";

/** Runs a test in a directory of its own. */
async function withDirectory(test: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The lines of a file without their times, which must be there. */
async function linesOf(path: string): Promise<string[]> {
  const lines = (await Deno.readTextFile(path)).split("\n");
  assert.equal(lines.pop(), "");
  return lines.map((line) => line.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /, ""));
}

Deno.test("RotatingFile.write() makes the file with the first line, and appends to it later", () =>
  withDirectory(async (directory) => {
    const parent = join(directory, "made");
    const unused = new RotatingFile(parent, "orderd", 1n);
    await unused.close();
    await assert.rejects(Deno.stat(parent), Deno.errors.NotFound);
    for (const line of ["first", "second"]) {
      await using file = new RotatingFile(parent, "orderd", 1n);
      file.write([line]);
    }
    assert.deepEqual(await linesOf(join(parent, "orderd.log")), ["first", "second"]);
  }));

Deno.test("RotatingFile() keeps names inside its directory", () => {
  assert.equal(new RotatingFile("/logs", "../a b/c", 1n).path, "/logs/.._a_b_c.log");
});

Deno.test("RotatingFile.write() renames full files and keeps some", () =>
  withDirectory(async (directory) => {
    const file = new RotatingFile(directory, "x", 1n, { maxBytes: 100, keep: 2 });
    // A line has 27 bytes with its time, so a file has room for three.
    for (let i = 0; i < 17; i++) file.write([`${i % 10}`]);
    await file.close();
    const names = Array.from(Deno.readDirSync(directory), ({ name }) => name).sort();
    assert.deepEqual(names, ["x.log", "x.log.1", "x.log.2"]);
    const lines = [];
    for (const name of names.reverse()) lines.push(...await linesOf(join(directory, name)));
    assert.deepEqual(lines.join(""), "90123456");
    for (const name of names) assert((await Deno.stat(join(directory, name))).size <= 100);
  }));

Deno.test("RotatingFile.write() writes a line that is longer than a file may be", () =>
  withDirectory(async (directory) => {
    const file = new RotatingFile(directory, "x", 1n, { maxBytes: 10 });
    file.write(["a"]);
    file.write(["b".repeat(100)]);
    await file.close();
    assert.deepEqual(await linesOf(join(directory, "x.log")), ["b".repeat(100)]);
    assert.deepEqual(await linesOf(join(directory, "x.log.1")), ["a"]);
  }));

Deno.test("RotatingFile() gives each of two services of one name a file", () =>
  withDirectory(async (directory) => {
    const first = new RotatingFile(directory, "x", 0xabn);
    const second = new RotatingFile(directory, "x", 0xcdn);
    first.write(["1"]);
    second.write(["2"]);
    await first.close();
    await first.close();
    first.write(["ignored"]);
    second.write(["3"]);
    await second.close();
    assert.deepEqual(await linesOf(join(directory, "x.log")), ["1"]);
    assert.deepEqual(await linesOf(join(directory, "x.cd.log")), ["2", "3"]);
    await using later = new RotatingFile(directory, "x", 0xefn);
    assert.equal(later.path, first.path);
  }));

Deno.test("RotatingFile.write() says once for a directory that files cannot be written", () =>
  withDirectory(async (directory) => {
    const errors: string[] = [];
    const options = { onError: (message: string) => void errors.push(message) };
    const logs = join(directory, "logs");
    await Deno.writeTextFile(logs, "a file where the directory should be");
    await using file = new RotatingFile(logs, "x", 1n, options);
    await using other = new RotatingFile(logs, "y", 1n, options);
    file.write(["lost"]);
    other.write(["lost"]);
    await other.close();
    file.write(["lost"]);
    await file.close();
    assert.equal(errors.length, 1);
    assert.match(errors[0]!, /^Cannot write log .*\/logs\/[xy]\.log: .*Lines are left out/);
  }));

Deno.test("RotatingFile.write() goes on, with a note, when the disk is writable again", () =>
  withDirectory(async (directory) => {
    const errors: string[] = [];
    const logs = join(directory, "logs");
    await Deno.writeTextFile(logs, "");
    const reported = Promise.withResolvers<void>();
    const onError = (message: string) => {
      errors.push(message);
      reported.resolve();
    };
    await using file = new RotatingFile(logs, "x", 1n, { onError });
    file.write(["lost"]);
    await reported.promise;
    await Deno.remove(logs);
    file.write(["kept"]);
    await file.close();
    const [missing, ...rest] = await linesOf(join(logs, "x.log"));
    assert.match(missing!, /^\(1 line is missing here: .*Not a directory|File exists/);
    assert.deepEqual(rest, ["kept"]);
    assert.equal(errors.length, 1);
  }));

Deno.test("RotatingFile.write() does not throw when the disk is full", async () => {
  const errors: string[] = [];
  // Every write to /dev/full fails with ENOSPC.
  await withDirectory(async (directory) => {
    await Deno.symlink("/dev/full", join(directory, "x.log"));
    const file = new RotatingFile(directory, "x", 1n, {
      onError: (message) => void errors.push(message),
    });
    file.write(["lost"]);
    await file.close();
  });
  assert.equal(errors.length, 1);
  assert.match(errors[0]!, /No space left on device/);
});

Deno.test("RotatingFile.write() holds its caller back, and loses nothing, when lines come fast", () =>
  withDirectory(async (directory) => {
    const file = new RotatingFile(directory, "x", 1n, { keep: 100 });
    let waits = 0;
    for (let i = 0; i < 1000; i++) {
      const room = file.write(["a".repeat(8000)]);
      if (!room) continue;
      waits++;
      await room;
    }
    await file.close();
    assert.ok(waits > 10);
    assert.equal((await linesOf(join(directory, "x.log"))).length, 1000);
  }));

Deno.test("RotatingFile.write() makes a directory again that was removed, and says so once", () =>
  withDirectory(async (directory) => {
    const errors: string[] = [];
    const logs = join(directory, "logs");
    const onError = (message: string) => void errors.push(message);
    await using file = new RotatingFile(logs, "x", 1n, { onError });
    for (const lines of [["before"], ["after", "and"]]) {
      for (const line of lines) file.write([line]);
      await file.flush();
      if (lines.length === 1) await Deno.remove(logs, { recursive: true });
    }
    assert.deepEqual(await linesOf(join(logs, "x.log")), ["after", "and"]);
    assert.equal(errors.length, 1);
    assert.match(errors[0]!, /^Log .*x\.log was removed while it was written. It is made again$/);
  }));

Deno.test("RotatingFile.write() tells how many lines were dropped, and why", () =>
  withDirectory(async (directory) => {
    await Deno.symlink("/dev/full", join(directory, "x.log"));
    const dropped: { count: number; reason: string }[] = [];
    const file = new RotatingFile(directory, "x", 1n, {
      onError: () => {},
      onDropped: (some) => void dropped.push(some),
    });
    for (const line of ["a", "b"]) file.write([line]);
    await file.close();
    assert.equal(dropped.reduce((sum, { count }) => sum + count, 0), 2);
    assert.match(dropped[0]!.reason, /No space left on device/);
  }));

Deno.test("RotatingFile.write() tells of a nearly full disk once, and again after a while", () =>
  withDirectory(async (directory) => {
    const clock = new HeldClock();
    const errors: string[] = [];
    const onError = (message: string) => void errors.push(message);
    await Deno.symlink("/dev/full", join(directory, "full.log"));
    await using full = new RotatingFile(directory, "full", 1n, { clock, onError });
    await using other = new RotatingFile(directory, "other", 1n, { clock, onError });
    const write = async () => {
      for (const file of [full, other]) {
        file.write(["line"]);
        await file.flush();
      }
    };
    for (let round = 0; round < 3; round++) await write();
    assert.equal(errors.length, 1);
    await clock.advance(minutes(1));
    await write();
    assert.equal(errors.length, 2);
  }));
