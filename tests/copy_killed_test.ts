/** What a copy leaves when its program is killed, and that the next one removes it. */
import assert from "node:assert/strict";
import { copyTree, LOCK, O, type Path, type Thread } from "bailiwick";
import { systemTest } from "bailiwick/testing";

/** Names of such directories, but for their last digit. */
const COPY = ".bailiwick-copy-00000000-0000-4000-8000-00000000000";

/** As a copy leaves a directory that it was killed in. */
async function leave(thread: Thread, directory: Path, name: string): Promise<Path> {
  const path = directory.join(name);
  await thread.mkdir(path, 0o700);
  await thread.mkdir(path.join("whole"), 0o700);
  await thread.writeFile(path.join("whole/file"), "half");
  return path;
}

async function namesIn(thread: Thread, directory: Path): Promise<string[]> {
  return (await thread.readDirectory(directory)).map(({ name }) => name).toSorted();
}

systemTest("copyTree() removes what a program left that was killed while it copied", async (
  { thread, tmpdir },
) => {
  const program = new URL("support/copying_program.ts", import.meta.url).pathname;
  const target = tmpdir.join("to");
  await using copying = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", program, `${target}`],
    stdout: "piped",
  }).spawn();
  const reader = copying.stdout.getReader();
  await reader.read();
  const isLeft = async () => (await namesIn(thread, tmpdir)).length === 1;
  assert.ok(await isLeft());
  copying.kill("SIGKILL");
  await copying.status;
  await reader.cancel();
  assert.ok(await isLeft(), "nobody was there to remove it");
  for (const deadline = performance.now() + 10_000; await isLeft();) {
    assert.ok(performance.now() < deadline, "its lock is held for ever");
    await copyTree(thread, "/etc/passwd", thread, tmpdir.join("passwd"));
    await thread.removeTree(tmpdir.join("passwd"));
  }
  assert.deepEqual(await namesIn(thread, tmpdir), []);
});

systemTest("copyTree() removes nothing that is locked, another's, or something else", async (
  { thread, tmpdir },
) => {
  const locked = await leave(thread, tmpdir, `${COPY}1`);
  await using lock = await thread.open(locked, O.RDONLY | O.DIRECTORY);
  await thread.syscall("flock", lock.number, LOCK.EX);
  const shared = await leave(thread, tmpdir, `${COPY}2`);
  await thread.chmod(shared, 0o777);
  const more = await leave(thread, tmpdir, `${COPY}3`);
  await thread.writeFile(more.join("other"), "");
  await thread.mkdir(tmpdir.join(`${COPY}4`), 0o700);
  await leave(thread, tmpdir, `${COPY}-not-one`);
  await leave(thread, tmpdir, `${COPY}5`);
  await copyTree(thread, "/etc/passwd", thread, tmpdir.join("passwd"));
  const kept = ["1", "2", "3", "4", "-not-one"].map((end) => `${COPY}${end}`);
  const expected = [...kept, "passwd"].toSorted();
  assert.deepEqual(await namesIn(thread, tmpdir), expected);
  assert.deepEqual(await namesIn(thread, locked.join("whole")), ["file"]);
});
