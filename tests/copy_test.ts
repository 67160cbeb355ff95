/** `copyTree()`: what is copied, and that it is all or nothing. */
import assert from "node:assert/strict";
import { copyTree, localHost, O, sshHost } from "bailiwick";
import { systemTest, testHostsAvailable, TestNetwork } from "bailiwick/testing";
import { describe, makeOddTree, random } from "./support/trees.ts";
import { MIB, succeed, withOther } from "./support/copies.ts";

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
  await thread.writeFile(tmpdir.join("full"), random(3 * MIB + 1), { mode: 0o640 });
  await thread.writeFile(tmpdir.join("empty"), "", { mode: 0o400 });
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
