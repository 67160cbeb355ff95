/** `copyTree()`: holes, times, modes, and sizes that are not true. */
import assert from "node:assert/strict";
import { copyTree, NotCopyableError, O, type Path } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { random } from "./support/trees.ts";
import { isThere, MIB, succeed, withOther } from "./support/copies.ts";

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

async function sha256OfFile(path: Path): Promise<string> {
  return (await succeed("sha256sum", `${path}`)).split(" ")[0]!;
}
