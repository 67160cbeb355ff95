import assert from "node:assert/strict";
import { join } from "node:path/posix";
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
    const unused = new RotatingFile(parent, "orderd");
    await unused.close();
    await assert.rejects(Deno.stat(parent), Deno.errors.NotFound);
    for (const line of ["first", "second"]) {
      await using file = new RotatingFile(parent, "orderd");
      file.write(line);
    }
    assert.deepEqual(await linesOf(join(parent, "orderd.log")), ["first", "second"]);
  }));

Deno.test("RotatingFile() keeps names inside its directory", () => {
  assert.equal(new RotatingFile("/logs", "../a b/c").path, "/logs/.._a_b_c.log");
});

Deno.test("RotatingFile.write() renames full files and keeps some", () =>
  withDirectory(async (directory) => {
    const file = new RotatingFile(directory, "x", { maxBytes: 100, keep: 2 });
    // A line has 27 bytes with its time, so a file has room for three.
    for (let i = 0; i < 17; i++) file.write(`${i % 10}`);
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
    const file = new RotatingFile(directory, "x", { maxBytes: 10 });
    file.write("a");
    file.write("b".repeat(100));
    await file.close();
    assert.deepEqual(await linesOf(join(directory, "x.log")), ["b".repeat(100)]);
    assert.deepEqual(await linesOf(join(directory, "x.log.1")), ["a"]);
  }));

Deno.test("RotatingFile.write() keeps one file in order when two services have one name", () =>
  withDirectory(async (directory) => {
    const [first, second] = [new RotatingFile(directory, "x"), new RotatingFile(directory, "x")];
    first.write("1");
    second.write("2");
    first.write("3");
    await first.close();
    await first.close();
    first.write("ignored");
    second.write("4");
    await second.close();
    assert.deepEqual(await linesOf(join(directory, "x.log")), ["1", "2", "3", "4"]);
  }));

Deno.test("RotatingFile.write() says once for a directory that files cannot be written", () =>
  withDirectory(async (directory) => {
    const errors: string[] = [];
    const options = { onError: (message: string) => void errors.push(message) };
    const logs = join(directory, "logs");
    await Deno.writeTextFile(logs, "a file where the directory should be");
    await using file = new RotatingFile(logs, "x", options);
    await using other = new RotatingFile(logs, "y", options);
    file.write("lost");
    other.write("lost");
    await other.close();
    file.write("lost");
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
    await using file = new RotatingFile(logs, "x", { onError });
    file.write("lost");
    await reported.promise;
    await Deno.remove(logs);
    file.write("kept");
    await file.close();
    assert.deepEqual(await linesOf(join(logs, "x.log")), [
      "(1 lines are missing here: they could not be written)",
      "kept",
    ]);
    assert.equal(errors.length, 1);
  }));

Deno.test("RotatingFile.write() does not throw when the disk is full", async () => {
  const errors: string[] = [];
  // Every write to /dev/full fails with ENOSPC.
  await withDirectory(async (directory) => {
    await Deno.symlink("/dev/full", join(directory, "x.log"));
    const file = new RotatingFile(directory, "x", {
      onError: (message) => void errors.push(message),
    });
    file.write("lost");
    await file.close();
  });
  assert.equal(errors.length, 1);
  assert.match(errors[0]!, /No space left on device/);
});

Deno.test("RotatingFile.write() leaves lines out when the disk is slower than the service", () =>
  withDirectory(async (directory) => {
    const file = new RotatingFile(directory, "x");
    for (let i = 0; i < 200; i++) file.write("a".repeat(8192));
    await file.close();
    const lines = await linesOf(join(directory, "x.log"));
    const [, missing] = lines.at(-1)!.match(/^\((\d+) lines are missing here/)!;
    assert.equal(lines.length - 1 + Number(missing), 200);
  }));
