/** Trees that are copied within a host, and between hosts. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  CLONE,
  copyTree,
  localHost,
  MS,
  NotCopyableError,
  O,
  type Path,
  sshHost,
  type Thread,
} from "bailiwick";
import { type SystemContext, systemTest, testHostsAvailable, TestNetwork } from "bailiwick/testing";

const MIB = 1 << 20;

/** A second thread of the host, so that what is copied goes through the program. */
async function withOther(
  { thread }: SystemContext,
  body: (other: Thread) => Promise<void>,
): Promise<void> {
  await using other = await thread.clone();
  await body(other);
}

systemTest("copyTree() copies names, modes, times and links as they are", async (context) => {
  const { thread, tmpdir } = context;
  await makeOddTree(thread, tmpdir.join("from"));
  await copyTree(thread, tmpdir.join("from"), thread, tmpdir.join("direct"));
  await withOther(
    context,
    (other) => copyTree(thread, tmpdir.join("from"), other, tmpdir.join("through")),
  );
  const expected = await describe(tmpdir.join("from"));
  assert.deepEqual(await describe(tmpdir.join("direct")), expected);
  assert.deepEqual(await describe(tmpdir.join("through")), expected);
  assert.equal(expected.length, 14);
});

systemTest("copyTree() copies a single file, empty file or symbolic link", async (context) => {
  const { thread, tmpdir } = context;
  await thread.writeFile(tmpdir.join("full"), random(3 * MIB + 1), 0o640);
  await thread.writeFile(tmpdir.join("empty"), "", 0o400);
  await thread.symlink("/etc", tmpdir.join("link"));
  await withOther(context, async (other) => {
    for (const name of ["full", "empty", "link"]) {
      for (const to of [thread, other]) {
        const copy = tmpdir.join(`${name}-${to === other}`);
        await copyTree(thread, tmpdir.join(name), to, copy);
        const [expected, made] = [await describe(tmpdir.join(name)), await describe(copy)];
        assert.deepEqual(made, expected);
      }
    }
  });
});

systemTest("copyTree() copies a thousand files, and a directory of many names", async (context) => {
  const { thread, tmpdir } = context;
  const from = tmpdir.join("from");
  await thread.mkdir(from);
  for (let i = 0; i < 10; i++) {
    await thread.batch((b) => {
      for (let j = 0; j < 100; j++) {
        const fd = b.open(from.join(`${"long-name-".repeat(15)}${i}-${j}`), O.CREAT | O.WRONLY);
        b.writeAll(fd, random(4096));
        b.close(fd);
      }
    });
  }
  await withOther(context, (other) => copyTree(thread, from, other, tmpdir.join("to")));
  const expected = await describe(from);
  assert.equal(expected.length, 1001);
  assert.deepEqual(await describe(tmpdir.join("to")), expected);
});

systemTest("copyTree() copies a tree that is deep and wide", async (context) => {
  const { thread, tmpdir } = context;
  let deep = tmpdir.join("from");
  await thread.mkdir(deep);
  await thread.batch((b) => {
    for (let i = 0; i < 600; i++) b.mkdir(tmpdir.join("from", `wide${i}`), 0o700);
  });
  for (let i = 0; i < 30; i++) await thread.mkdir(deep = deep.join("deep"));
  await thread.writeFile(deep.join("leaf"), "at last");
  await withOther(
    context,
    (other) => copyTree(thread, tmpdir.join("from"), other, tmpdir.join("to")),
  );
  assert.deepEqual(await describe(tmpdir.join("to")), await describe(tmpdir.join("from")));
});

systemTest(
  "copyTree() names the file that cannot be read, and removes the rest",
  async (context) => {
    const { thread, tmpdir, host } = context;
    const from = tmpdir.join("from");
    await thread.mkdir(from);
    for (let i = 0; i < 8; i++) await thread.writeFile(from.join(`file${i}`), random(MIB));
    await thread.writeFile(from.join("secret"), "s", 0o600);
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
    assert.equal(await isThere(tmpdir.join("to")), false);
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

systemTest("copyTree() touches nothing that is there already", async (context) => {
  const { thread, tmpdir } = context;
  await makeOddTree(thread, tmpdir.join("from"));
  await thread.writeFile(tmpdir.join("file"), "one");
  await thread.mkdir(tmpdir.join("there"));
  await thread.writeFile(tmpdir.join("there", "precious"), "gold");
  await withOther(context, async (other) => {
    const [from, there] = [tmpdir.join("from"), tmpdir.join("there")];
    for (const to of [thread, other]) {
      await assert.rejects(copyTree(thread, from, to, there), { code: "EEXIST" });
      await assert.rejects(copyTree(thread, tmpdir.join("file"), to, there), { code: "EEXIST" });
    }
  });
  assert.equal(await thread.readTextFile(tmpdir.join("there", "precious")), "gold");
  assert.equal((await thread.readDirectory(tmpdir.join("there"))).length, 1);
});

systemTest(
  "copyTree() refuses what is no file, and paths of another host",
  async ({ thread, tmpdir }) => {
    await thread.mkdir(tmpdir.join("from"));
    await thread.batch((b) => {
      const name = b.encoder.put(new TextEncoder().encode(`${tmpdir.join("from", "pipe")}`), 1);
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
    while (!await isThere(tmpdir.join("to"))) await thread.getpid();
    const reason = new Error("enough");
    abort.abort(reason);
    await assert.rejects(copying, reason);
  });
  assert.equal(await isThere(tmpdir.join("to")), false);
});

Deno.test({
  name: "copyTree() copies between machines",
  ignore: !testHostsAvailable().ok,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 2 });
    {
      const config = network.sshConfig;
      await using local = await localHost();
      await using one = await sshHost({ to: "host0", config });
      await using two = await sshHost({ to: "host1", config });
      await using tmpdir = await local.thread.mkdtemp();
      await using first = await one.thread.mkdtemp();
      await using second = await two.thread.mkdtemp();
      await makeOddTree(local.thread, tmpdir.join("from"));
      await local.thread.writeFile(tmpdir.join("from", "large"), random(64 * MIB));
      await copyTree(local.thread, tmpdir.join("from"), one.thread, first.join("copy"));
      await copyTree(one.thread, first.join("copy"), two.thread, second.join("copy"));
      await copyTree(two.thread, second.join("copy"), local.thread, tmpdir.join("back"));
      const expected = await describe(tmpdir.join("from"));
      assert.deepEqual(await describe(tmpdir.join("back")), expected);
      assert.equal(expected.length, 15);
      await assert.rejects(copyTree(one.thread, "/nowhere", two.thread, second.join("x")), {
        code: "ENOENT",
        host: "host0",
      });
      await assert.rejects(copyTree(one.thread, first.join("copy"), two.thread, "/proc/x"), {
        host: "host1",
      });
    }
    for (const host of network.hosts) await host.untilEmpty();
  },
});

async function makeOddTree(thread: Thread, root: Path): Promise<void> {
  await thread.mkdir(root, 0o755);
  for (const name of ["a b", "new\nline", "ünïcödé \u{1F600}", "-rf", "empty"]) {
    await thread.mkdir(root.join(name));
  }
  await thread.writeFile(root.join("a b", "quote\"'$(touch x)"), "content", 0o755);
  await thread.writeFile(root.join("new\nline", "\t"), random(5000), 0o604);
  await thread.writeFile(root.join("ünïcödé \u{1F600}", "日本"), random(300_000), 0o444);
  await thread.writeFile(root.join("nothing"), "", 0o600);
  await thread.symlink("/etc", root.join("out"));
  await thread.symlink("nowhere/\u{1F600}", root.join("dangling"));
  await thread.symlink("a b", root.join("in"));
  await thread.mkdir(root.join("closed"));
  await thread.batch((b) => {
    b.chmod(root.join("empty"), 0o700);
    b.chmod(root.join("closed"), 0o555);
  });
}

/** A line for each file: relative path, type and mode, time in microseconds, content. */
async function describe(root: Path): Promise<string[]> {
  const { thread } = root;
  const lines: string[] = [];
  const walk = async (path: Path, name: string) => {
    const { mode, mtime, isDirectory, isFile, isSymlink } = await thread.stat(path, {
      followSymlink: false,
    });
    const content = isFile
      ? createHash("sha256").update(await thread.readFile(path)).digest("hex")
      : isSymlink
      ? await thread.readlink(path)
      : "";
    lines.push(`${name} ${mode.toString(8)} ${mtime.toFixed(5)} ${content}`);
    if (!isDirectory) return;
    const entries = await thread.readDirectory(path);
    for (const entry of entries) await walk(path.join(entry.name), `${name}/${entry.name}`);
  };
  await walk(root, ".");
  return lines.sort();
}

async function isThere(path: Path): Promise<boolean> {
  return await path.thread.stat(path, { followSymlink: false }).then(() => true, () => false);
}

function random(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}
