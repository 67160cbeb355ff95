/** Trees that are copied within a host, and between hosts. */
import assert from "node:assert/strict";
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

import { describe, makeOddTree, random } from "./support/trees.ts";

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
  const expected = await describe(thread, tmpdir.join("from"));
  assert.deepEqual(await describe(thread, tmpdir.join("direct")), expected);
  assert.deepEqual(await describe(thread, tmpdir.join("through")), expected);
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
        const [expected, made] = [
          await describe(thread, tmpdir.join(name)),
          await describe(thread, copy),
        ];
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
  const expected = await describe(thread, from);
  assert.equal(expected.length, 1001);
  assert.deepEqual(await describe(thread, tmpdir.join("to")), expected);
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
  assert.deepEqual(
    await describe(thread, tmpdir.join("to")),
    await describe(thread, tmpdir.join("from")),
  );
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
      const expected = await describe(local.thread, tmpdir.join("from"));
      assert.deepEqual(await describe(local.thread, tmpdir.join("back")), expected);
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

systemTest("copyTree() leaves no descriptor open in its threads", async (context) => {
  const { thread, tmpdir } = context;
  const from = tmpdir.join("from");
  await makeOddTree(thread, from);
  const opened = async () => (await thread.readDirectory("/proc/self/fd")).length;
  const before = await opened();
  await thread.mkdir(tmpdir.join("there"));
  await withOther(context, async (other) => {
    for (const [a, b] of [[thread, thread], [thread, other], [other, thread]] as const) {
      await copyTree(a, from, b, tmpdir.join("to"));
      await thread.removeTree(tmpdir.join("to"));
      await assert.rejects(copyTree(a, from, b, tmpdir.join("there")), { code: "EEXIST" });
      await assert.rejects(copyTree(a, from, b, "/proc/x"), { code: "ENOENT" });
      await assert.rejects(copyTree(a, "/proc/self/mem", b, tmpdir.join("to")), { code: "EIO" });
    }
  });
  assert.equal(await opened(), before);
});

systemTest("copyTree() leaves holes as they are", async (context) => {
  const { thread, tmpdir } = context;
  const from = tmpdir.join("from");
  await thread.mkdir(from);
  await thread.batch((b) => {
    const edges = b.open(from.join("edges"), O.CREAT | O.WRONLY);
    for (let i = 0; i < 40; i++) b.pwrite(edges, `data ${i}`, i * MIB);
    b.close(edges);
    for (const [name, length] of [["nothing", 50 * MIB], ["small", 8192]] as const) {
      const fd = b.open(from.join(name), O.CREAT | O.WRONLY);
      b.ftruncate(fd, length);
      b.close(fd);
    }
    const end = b.open(from.join("end"), O.CREAT | O.WRONLY);
    b.writeAll(end, random(300_000));
    b.ftruncate(end, 20 * MIB);
    b.close(end);
  });
  const copies = [tmpdir.join("direct"), tmpdir.join("through")];
  await copyTree(thread, from, thread, copies[0]!);
  await withOther(context, (other) => copyTree(thread, from, other, copies[1]!));
  for (const name of ["edges", "nothing", "small", "end"]) {
    const old = await Deno.stat(`${from.join(name)}`);
    for (const copy of copies) {
      const made = await Deno.stat(`${copy.join(name)}`);
      assert.equal(made.size, old.size, name);
      assert.ok(made.blocks! <= old.blocks! + 8, `${name}: ${made.blocks} blocks`);
      assert.equal(await sha256OfFile(copy.join(name)), await sha256OfFile(from.join(name)));
    }
  }
});

systemTest("copyTree() copies times to the nanosecond", async (context) => {
  const { thread, tmpdir } = context;
  const from = tmpdir.join("from");
  await thread.mkdir(from);
  await thread.writeFile(from.join("file"), "content");
  await thread.writeFile(from.join("large"), random(MIB));
  await thread.symlink("file", from.join("link"));
  const paths = ["file", "large", "link"].map((name) => `${from.join(name)}`);
  for (const path of [...paths, `${from}`]) {
    await succeed("touch", "-h", "-d", "2024-05-06 07:08:09.123456789", path);
  }
  await copyTree(thread, from, thread, tmpdir.join("direct"));
  await withOther(context, (other) => copyTree(thread, from, other, tmpdir.join("through")));
  for (const root of ["from", "direct", "through"].map((name) => tmpdir.join(name))) {
    const files = [root, ...["file", "large", "link"].map((name) => root.join(name))];
    const times = await succeed("stat", "-c", "%.9Y", ...files.map(String));
    assert.match(times, /^(\d+\.123456789\n){4}$/);
  }
});

systemTest("copyTree() reads files that say that they are empty to their end", async (context) => {
  const { thread, tmpdir } = context;
  const long = "/proc/kallsyms";
  await withOther(context, async (other) => {
    for (const to of [thread, other]) {
      const name = (file: string) => tmpdir.join(`${file}-${to === other}`);
      await copyTree(thread, "/proc/sys/kernel/ostype", to, name("ostype"));
      assert.equal(await thread.readTextFile(name("ostype")), "Linux\n");
      await copyTree(thread, long, to, name("long"));
      assert.equal(await sha256OfFile(name("long")), await sha256OfFile(thread.path(long)));
    }
  });
});

systemTest("copyTree() copies names that are not UTF-8 as they are", async (context) => {
  const { tmpdir, thread } = context;
  const script =
    `set -e; mkdir -p from/$(printf 'd\\377'); cd from/d*; printf x >$(printf 'f\\303'); ` +
    `ln -s $(printf 'to\\200') $(printf 'l\\001\\376')`;
  await succeed("sh", "-c", `cd '${tmpdir}'; ${script}`);
  await copyTree(thread, tmpdir.join("from"), thread, tmpdir.join("direct"));
  await withOther(
    context,
    (other) => copyTree(thread, tmpdir.join("from"), other, tmpdir.join("through")),
  );
  const names = (root: string) =>
    succeed("sh", "-c", `cd '${tmpdir.join(root)}'; find . -printf '%p %l\n' | sort | od -c`);
  const expected = await names("from");
  assert.match(expected, /d 377 +\/ +f 303/);
  assert.match(expected, /t +o 200/);
  assert.equal(await names("direct"), expected);
  assert.equal(await names("through"), expected);
});

systemTest("copyTree() keeps or drops set-user-ID only as it is told", async (context) => {
  const { thread, tmpdir } = context;
  const from = tmpdir.join("from");
  await thread.mkdir(from);
  await thread.mkdir(from.join("shared"));
  await thread.writeFile(from.join("tool"), "#!/bin/sh\n");
  await thread.writeFile(from.join("large"), random(MIB));
  await thread.batch((b) => {
    b.chmod(from.join("shared"), 0o3775);
    b.chmod(from.join("large"), 0o2755);
    b.chmod(from.join("tool"), 0o4755);
  });
  const modes = async (root: Path) => {
    const files = ["shared", "large", "tool"].map((name) => root.join(name));
    return await Promise.all(files.map(async (file) => (await thread.stat(file)).mode & 0o7777));
  };
  await withOther(context, async (other) => {
    for (const to of [thread, other]) {
      const refused = copyTree(thread, from, to, tmpdir.join("refused"));
      await assert.rejects(refused, (error: Error) => {
        assert.ok(error instanceof NotCopyableError);
        assert.match(
          error.message,
          /from\/(tool|large) on host local: it has mode [42]755; .*setIds/,
        );
        return true;
      });
      const [kept, dropped] = ["kept", "dropped"].map((n) => tmpdir.join(`${n}-${to === other}`));
      await copyTree(thread, from, to, kept!, { setIds: "keep" });
      assert.deepEqual(await modes(kept!), [0o3775, 0o2755, 0o4755]);
      await copyTree(thread, from, to, dropped!, { setIds: "drop" });
      assert.deepEqual(await modes(dropped!), [0o3775, 0o755, 0o755]);
    }
  });
  assert.equal(await isThere(thread, tmpdir.join("refused")), false);
});

async function succeed(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

async function sha256OfFile(path: Path): Promise<string> {
  return (await succeed("sha256sum", `${path}`)).split(" ")[0]!;
}

async function isThere(thread: Thread, path: Path): Promise<boolean> {
  return await thread.stat(path, { followSymlink: false }).then(() => true, () => false);
}
