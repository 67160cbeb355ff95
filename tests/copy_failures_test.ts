/** `copyTree()` that fails or is given up: what it says, and that nothing is left. */
import assert from "node:assert/strict";
import { CLONE, copyTree, localHost, MS, NotCopyableError, type Thread } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { random } from "./support/trees.ts";
import { isThere, MIB, withOther } from "./support/copies.ts";

systemTest(
  "copyTree() names the file that cannot be read, and removes the rest",
  async (context) => {
    const { thread, tmpdir, host } = context;
    const from = tmpdir.join("from");
    await thread.mkdir(from);
    for (let i = 0; i < 8; i++) await thread.writeFile(from.join(`file${i}`), random(MIB));
    await thread.writeFile(from.join("secret"), "s", { mode: 0o600 });
    await thread.batch((b) => {
      for (const directory of [tmpdir.parent, tmpdir, from]) b.chmod(directory, 0o755);
    });
    await using reader = await thread.clone();
    await reader.batch((b) => b.setuid(65534));
    await assert.rejects(copyTree(reader, from, thread, tmpdir.join("to")), {
      name: "SyscallError",
      code: "EACCES",
      host: host.name,
      message: new RegExp(`^Cannot open ${from.join("secret")}: `),
    });
    assert.equal(await isThere(thread, tmpdir.join("to")), false);
  },
);

systemTest(
  "copyTree() names the file for which there is no room, and removes the rest",
  async (context) => {
    const { thread, tmpdir } = context;
    const from = tmpdir.join("from");
    await thread.mkdir(from);
    for (let i = 0; i < 4; i++) await thread.writeFile(from.join(`file${i}`), random(MIB));
    const small = tmpdir.join("small");
    await thread.mkdir(small);
    await using to = await thread.clone(CLONE.NEWNS);
    await to.batch((b) => {
      b.mount("", "/", "", MS.REC | MS.PRIVATE);
      b.mount("tmpfs", small, "tmpfs", 0, "size=2m");
    });
    await assert.rejects(copyTree(thread, from, to, small.join("to")), {
      code: "ENOSPC",
      message: new RegExp(`^Cannot write ${small.join("to")}/file\\d: `),
    });
    assert.deepEqual(await to.readDirectory(small), []);
  },
);

systemTest(
  "copyTree() refuses what is no file, and paths of another host",
  async ({ thread, tmpdir }) => {
    await thread.mkdir(tmpdir.join("from"));
    await thread.batch((b) => {
      const name = b.path(tmpdir.join("from", "pipe"));
      b.syscall("mknodat", -100, name, 0o010600, 0);
    });
    const copying = copyTree(thread, tmpdir.join("from"), thread, tmpdir.join("to"));
    await assert.rejects(copying, NotCopyableError);
    await assert.rejects(copying, /from\/pipe on host local: it is a pipe/);
    const missing = copyTree(thread, tmpdir.join("missing"), thread, tmpdir.join("to"));
    await assert.rejects(missing, { code: "ENOENT" });
    await using elsewhere = await localHost();
    await assert.rejects(
      copyTree(elsewhere.thread, tmpdir.join("from"), thread, tmpdir.join("to")),
      TypeError,
    );
  },
);

systemTest("copyTree() can be given up, and leaves nothing then", async (context) => {
  const { thread, tmpdir } = context;
  await thread.writeFile(tmpdir.join("large"), new Uint8Array(32 * MIB));
  await withOther(context, async (other) => {
    const abort = new AbortController();
    const copying = copyTree(thread, tmpdir.join("large"), other, tmpdir.join("to"), abort);
    copying.catch(() => {});
    const deadline = performance.now() + 10_000;
    while ((await thread.readDirectory(tmpdir)).length === 1) {
      assert.ok(performance.now() < deadline, "The copy has not begun");
    }
    const reason = new Error("enough");
    abort.abort(reason);
    await assert.rejects(copying, reason);
  });
  const left = (await thread.readDirectory(tmpdir)).map(({ name }) => name);
  assert.deepEqual(left, ["large"]);
});

/** Says that it is empty, and has no end: 8 bytes for each page of memory that there could be. */
const ENDLESS = "/proc/self/pagemap";

systemTest("copyTree() of what has no end can be given up, and leaves nothing", async (context) => {
  const { thread, tmpdir } = context;
  const copy = async (to: Thread) => {
    const signal = AbortSignal.timeout(200);
    await assert.rejects(copyTree(thread, ENDLESS, to, tmpdir.join("to"), { signal }), {
      name: "TimeoutError",
    });
  };
  await copy(thread);
  await withOther(context, copy);
  assert.deepEqual(await thread.readDirectory(tmpdir), []);
});

systemTest("copyTree() that is given up at any time leaves nothing", async (context) => {
  const { thread, tmpdir } = context;
  await withOther(context, async (other) => {
    for (let turns = 0; turns < 600; turns++) {
      const abort = new AbortController();
      const copying = copyTree(thread, "/etc/passwd", other, tmpdir.join(`to${turns}`), abort);
      const over = copying.catch(() => {});
      for (let i = turns % 200; i > 0; i--) await Promise.resolve();
      abort.abort();
      await over;
    }
  });
  const left = (await thread.readDirectory(tmpdir)).filter(({ name }) => name.startsWith("."));
  assert.deepEqual(left, []);
});
