import assert from "node:assert/strict";
import { join } from "node:path/posix";
import { RotatingFile } from "./rotating_file.ts";

/** A file system of 256 KiB in a mount namespace of its own, as this program reaches it. */
class SmallDisk implements AsyncDisposable {
  readonly #holder: Deno.ChildProcess;
  readonly directory: string;

  private constructor(holder: Deno.ChildProcess, directory: string) {
    this.#holder = holder;
    this.directory = directory;
  }

  static async make(): Promise<SmallDisk> {
    const script = "mount -t tmpfs -o size=256k none /tmp && echo mounted && read end";
    const holder = new Deno.Command("unshare", {
      args: ["-Urm", "sh", "-c", script],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const reader = holder.stdout.getReader();
    const { value } = await reader.read();
    assert.equal(new TextDecoder().decode(value), "mounted\n");
    await reader.cancel();
    return new SmallDisk(holder, `/proc/${holder.pid}/root/tmp`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#holder.stdin.close();
    await this.#holder.status;
  }
}

/** Lengths that are no divisors of a page, so that the disk is full within a line. */
function line(number: number): string {
  return `line ${number} ${"x".repeat(number * 37 % 211)}.`;
}

Deno.test("RotatingFile.write() counts exactly the lines that a full disk did not take", async () => {
  await using disk = await SmallDisk.make();
  let dropped = 0;
  const file = new RotatingFile(disk.directory, "x", 1n, {
    onError: () => {},
    onDropped: ({ count }) => void (dropped += count),
  });
  let written = 0;
  const write = async (lines: number) => {
    file.write(Array.from({ length: lines }, () => line(written++)));
    await file.flush();
  };
  const filler = join(disk.directory, "filler");
  await Deno.writeFile(filler, new Uint8Array(64 * 1024));
  while (dropped === 0) await write(500);
  assert.ok(dropped < 500, "some lines of the write that failed are in the file");
  await write(3);
  const before = dropped;
  await Deno.remove(filler);
  await write(10);
  await file.close();
  assert.equal(dropped, before);

  const lines = (await Deno.readTextFile(file.path)).split("\n");
  const there = new Set(lines.map((text) => text.slice("2026-01-01T00:00:00.000Z ".length)));
  const whole = Array.from({ length: written }, (_, number) => line(number))
    .filter((text) => there.has(text));
  assert.equal(whole.length + dropped, written);
  const note = lines.find((text) => text.includes("missing here"));
  assert.match(note ?? "", new RegExp(`^\\(${dropped} lines are missing here: .*No space left`));
  assert.ok(there.has(line(written - 1)));
});
