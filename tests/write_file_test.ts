/** writeFile(): owners, modes, and what is left of a write that is killed on its way. */
import assert from "node:assert/strict";
import { CLONE, MS, type Path, SIG, type Thread } from "bailiwick";
import { systemTest } from "bailiwick/testing";

const MIB = 1 << 20;
const isRoot = Deno.uid() === 0;
const LEFT = /^\.bailiwick-new-[0-9a-f-]{36}$/;

async function names(thread: Thread, directory: Path): Promise<string[]> {
  return (await thread.readDirectory(directory)).map(({ name }) => name).sort();
}

/** The byte that all of a file is of. */
async function only(thread: Thread, path: Path, length: number): Promise<number> {
  const bytes = await thread.readFile(path);
  assert.equal(bytes.length, length);
  assert.ok(bytes.every((byte) => byte === bytes[0]), "a part of it is old");
  return bytes[0]!;
}

systemTest("writeFile() gives a file its owner, group and mode, by name", async (
  { thread, tmpdir },
) => {
  const nobody = await thread.user("nobody");
  for (const atomic of [false, true]) {
    const path = tmpdir.join(`file-${atomic}`);
    await thread.writeFile(path, "old");
    await thread.writeFile(path, "new", { owner: "nobody", mode: 0o4640, atomic });
    const { uid, gid, mode } = await thread.stat(path);
    assert.deepEqual([uid, gid, mode & 0o7777], [nobody.uid, nobody.gid, 0o4640]);
    await thread.writeFile(path, "newer", { owner: nobody, group: "daemon", atomic });
    assert.equal((await thread.stat(path)).gid, 1);
    await thread.writeFile(path, "newest", { owner: 1234, group: 5678, atomic });
    const numbers = await thread.stat(path);
    assert.deepEqual([numbers.uid, numbers.gid], [1234, 5678]);
    assert.equal(await thread.readTextFile(path), "newest");
    const unknown = thread.writeFile(path, "never", { owner: "no-such-user", atomic });
    await assert.rejects(unknown, { name: "UnknownUserError" });
    assert.equal(await thread.readTextFile(path), "newest");
  }
}, { ignore: !isRoot });

systemTest("writeFile() that is atomic makes another file, of any size", async (
  { thread, tmpdir },
) => {
  const path = tmpdir.join("file");
  await thread.writeFile(path, "old");
  await thread.link(path, tmpdir.join("link"));
  await using open = await thread.open(path, 0);
  for (const length of [0, 10, MIB, 3 * MIB + 1]) {
    await thread.writeFile(path, new Uint8Array(length).fill(7), { atomic: true });
    assert.equal((await thread.stat(path)).size, length);
  }
  assert.equal(await only(thread, path, 3 * MIB + 1), 7);
  assert.equal(await thread.readTextFile(tmpdir.join("link")), "old");
  assert.equal(new TextDecoder().decode(await open.readFull(10)), "old");
  await using child = await thread.clone();
  await child.batch((b) => [b.chdir(tmpdir), b.umask(0o077)]);
  await child.writeFile("relative", "x", { atomic: true });
  assert.equal((await thread.stat(tmpdir.join("relative"))).mode & 0o777, 0o600);
  assert.deepEqual(await names(thread, tmpdir), ["file", "link", "relative"]);
});

systemTest("writeFile() that fails leaves the old file, and nothing else", async (
  { thread, tmpdir },
) => {
  await using child = await thread.clone(CLONE.NEWNS);
  await child.batch((b) => {
    b.mount("", "/", "", MS.REC | MS.PRIVATE);
    b.mount("tmpfs", tmpdir, "tmpfs", 0, "size=1536k");
  });
  const path = tmpdir.join("file");
  await child.writeFile(path, new Uint8Array(MIB).fill(1));
  for (const length of [MIB, 3 * MIB]) {
    const writing = child.writeFile(path, new Uint8Array(length), { atomic: true });
    await assert.rejects(writing, /Cannot write .*\/file: no space left on device \(ENOSPC\)/);
    assert.equal(await only(child, path, MIB), 1);
    assert.deepEqual(await names(child, tmpdir), ["file"]);
  }
}, { ignore: !isRoot });

systemTest(
  "writeFile() that is atomic does not replace a directory",
  async ({ thread, tmpdir }) => {
    await thread.mkdir(tmpdir.join("directory"));
    await assert.rejects(thread.writeFile(tmpdir.join("directory"), "x", { atomic: true }), {
      code: "EISDIR",
    });
    assert.deepEqual(await names(thread, tmpdir), ["directory"]);
  },
);

systemTest("writeFile() that is atomic and killed leaves all of one content", async (
  { thread, tmpdir },
) => {
  const path = tmpdir.join("file");
  let before = 1;
  await thread.writeFile(path, new Uint8Array(MIB).fill(before));
  const seen = new Set<string>();
  let pause = 0;
  for (let round = 0; round < 60; round++) {
    const now = 1 + (before % 250);
    await using writer = await thread.clone();
    const writing = writer.writeFile(path, new Uint8Array(MIB).fill(now), { atomic: true });
    const end = Promise.allSettled([writing]);
    for (let i = 0; i < pause; i++) await thread.getpid();
    await writer.process.kill(SIG.KILL).catch(() => {});
    const [{ status }] = await end;
    const there = await only(thread, path, MIB);
    assert.ok(there === now || (there === before && status === "rejected"));
    // Each time later on the way, until it was too late: on any machine both are seen.
    pause = there === now ? 0 : 1 + Math.ceil(1.2 * pause);
    seen.add(there === now ? "new" : "old");
    before = there;
  }
  assert.deepEqual([...seen].sort(), ["new", "old"]);
  const others = (await names(thread, tmpdir)).filter((name) => name !== "file");
  assert.deepEqual(others.filter((name) => !LEFT.test(name)), []);
});
