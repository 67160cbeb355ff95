/** Packages that are brought to hosts: to their stores, and to their Nix stores. */
import assert from "node:assert/strict";
import {
  type BuiltinFilesByArch,
  BuiltinPackage,
  CLONE,
  type Command,
  deploy,
  FilesPackage,
  Host,
  type HostOptions,
  localHost,
  LOCK,
  MS,
  NoStoreError,
  O,
  type PackageSource,
  type Path,
  SIG,
  sshHost,
  storePath,
  type Thread,
} from "bailiwick";
import { systemTest, testHostsAvailable, TestNetwork, until } from "bailiwick/testing";
import { ProcessTransport } from "../lib/hosts/process_transport.ts";
import { nativePackage, nativePath } from "./support/native.ts";

const exampled = nativePackage("exampled");
const orderd = nativePackage("orderd");
const ignore = !testHostsAvailable().ok;

/** A host whose user has a home and a cache of its own; the body gets a path of the cache there. */
async function withStore(
  { tmpdir }: { tmpdir: Path },
  body: (host: Host, cache: Path) => Promise<void>,
): Promise<void> {
  await using host = await localHost({ environment: homeIn(tmpdir) });
  await body(host, host.thread.path(`${tmpdir.join("cache")}`));
}

function homeIn(directory: Path): Record<string, string> {
  return { HOME: `${directory.join("home")}`, XDG_CACHE_HOME: `${directory.join("cache")}` };
}

systemTest("deploy() makes a package that runs, in a store of the user's own", async (context) => {
  await withStore(context, async ({ thread }, cache) => {
    const pkg = await deploy(thread, exampled);
    assert.equal(`${pkg.path.parent}`, `${storePath(thread)}`);
    assert.equal(`${pkg.path.parent}`, `${cache.join("bailiwick/store")}`);
    await runExampled(thread, pkg.bin("exampled"), `${context.tmpdir.join("work")}`);
    const again = await deploy(thread, exampled);
    assert.equal(`${again.path}`, `${pkg.path}`);
    assert.deepEqual(await names(thread, pkg.path.parent), [pkg.path.name]);
    const { mode } = await thread.stat(pkg.path.parent);
    assert.equal(mode & 0o777, 0o700);
  });
});

systemTest("deploy() finds a package in one round trip", async (context) => {
  await withStore(context, async ({ thread }) => {
    const first = await rounds(thread, () => deploy(thread, exampled));
    assert.ok(first.calls > 1);
    assert.deepEqual(await rounds(thread, () => deploy(thread, exampled)), { calls: 1, rounds: 1 });
    // Another program does not know yet where the store is, and asks for all places at once.
    await using host = await localHost({ environment: homeIn(context.tmpdir) });
    const other = await rounds(host.thread, () => deploy(host.thread, exampled));
    assert.equal(other.rounds, 1);
  });
});

systemTest("deploy() keeps a package of the same name and other content apart", async (context) => {
  await withStore(context, async ({ thread }) => {
    const [one, two] = await Promise.all(
      ["one", "two"].map((text) => deploy(thread, script(text))),
    );
    assert.notEqual(`${one!.path}`, `${two!.path}`);
    assert.equal(await thread.readTextFile(one!.path.join("bin/say")), "#!/bin/sh\necho one\n");
    assert.equal((await thread.stat(one!.path.join("bin/say"))).mode & 0o777, 0o755);
    assert.equal((await thread.stat(one!.path.join("share/text"))).mode & 0o777, 0o444);
  });
});

systemTest(
  "deploy() goes on where a home is read-only, missing or not executable",
  async (context) => {
    const { tmpdir, host } = context;
    const cache = tmpdir.join("cache");
    await host.thread.mkdir(cache);
    const environment = { XDG_CACHE_HOME: `${cache}`, HOME: `${tmpdir.join("file")}` };
    await host.thread.writeFile(tmpdir.join("file"), "no directory");
    for (const flags of [MS.NOEXEC, MS.RDONLY]) {
      await using local = await localHost({ environment });
      await using thread = await local.thread.clone(CLONE.NEWNS);
      await thread.batch((b) => {
        b.mount("", "/", "", MS.REC | MS.PRIVATE);
        b.mount("tmpfs", cache.toString(), "tmpfs", flags);
        b.mount("tmpfs", "/var/tmp", "tmpfs");
      });
      const pkg = await deploy(thread, script("hello"));
      assert.match(`${pkg.path}`, /^\/var\/tmp\/bailiwick-0\/store\//);
      assert.equal((await thread.readDirectory(`${cache}`)).length, flags === MS.RDONLY ? 0 : 1);
      await thread.batch((b) => b.mount("", "/var/tmp", "", MS.REMOUNT | MS.RDONLY));
      const last = await deploy(thread, script("other"));
      assert.ok(`${last.path}`.startsWith(local.info.temporary));
      await thread.removeTree(last.path.parent);
      await thread.mkdir(local.info.temporary, 0o700, { existing: "ok" });
      await thread.batch((b) => b.mount("tmpfs", local.info.temporary, "tmpfs", MS.RDONLY));
      await assert.rejects(deploy(thread, script("third")), (error: Error) => {
        assert.ok(error instanceof NoStoreError);
        assert.match(error.message, flags === MS.RDONLY ? /EROFS/ : /cache.*noexec/);
        assert.match(error.message, /EEXIST/);
        return true;
      });
    }
  },
);

systemTest("deploy() uses no store that others can write to", async (context) => {
  await withStore(context, async ({ thread }, cache) => {
    await thread.mkdir(cache);
    await thread.mkdir(cache.join("bailiwick"));
    await thread.chmod(cache.join("bailiwick"), 0o777);
    const pkg = await deploy(thread, script("hello"));
    assert.ok(`${pkg.path}`.startsWith(`${context.tmpdir.join("home/.cache/bailiwick/store")}/`));
  });
});

systemTest(
  "deploy() removes what an interrupted one has left, and nothing else",
  async (context) => {
    await withStore(context, async (host) => {
      const { thread } = host;
      const store = storePath(thread);
      await deploy(thread, script("first"));
      for (const name of [".making-left", ".making-held"]) {
        await thread.mkdir(store.join(name));
        await thread.writeFile(store.join(name, "part"), "half");
      }
      await using holder = await host.thread.clone();
      const held = await holder.open(store.join(".making-held"), 0);
      await holder.syscall("flock", held.number, 2);
      await deploy(thread, script("second"));
      const left = (await names(thread, store)).filter((name) => name.startsWith("."));
      assert.deepEqual(left, [".making-held"]);
    });
  },
);

systemTest(
  "deploy() notices what does not read back, and leaves nothing of it",
  async (context) => {
    await withStore(context, async ({ thread }) => {
      const batch = thread.batch.bind(thread);
      thread.batch = (build, options) =>
        batch((b) => {
          const writeAll = b.writeAll.bind(b);
          b.writeAll = (fd, bytes) => writeAll(fd, flipped(bytes as Uint8Array));
          return build(b);
        }, options);
      await assert.rejects(deploy(thread, script("hello")), {
        name: "PackageCorruptError",
        message: /bin\/say on host local does not read back as it was written/,
      });
      thread.batch = batch;
      assert.deepEqual(await names(thread, storePath(thread)), []);
    });
  },
);

systemTest(
  "deploy() brings what was built since it failed, and since it was built before",
  async (context) => {
    const built = `${context.tmpdir.join("built")}`;
    const source = new BuiltinPackage("built", { any: new URL(`file://${built}`) });
    const missing = `Cannot read ${built}: there is no such file; build package built for `;
    await withStore(context, async ({ thread }) => {
      await assert.rejects(deploy(thread, source), { message: missing + thread.host.arch });
      for (const text of ["first", "second"]) {
        await Deno.writeTextFile(built, text);
        const pkg = await deploy(thread, source);
        assert.equal(await thread.readTextFile(pkg.path.join("bin/built")), text);
      }
    });
  },
);

systemTest(
  "deploy() brings the files of every architecture beside those of one",
  async (context) => {
    const file = async (name: string) => {
      const path = `${context.tmpdir.join(name)}`;
      await Deno.writeTextFile(path, name);
      return new URL(`file://${path}`);
    };
    const source = new BuiltinPackage("mixed", {
      any: { "lib/app.jar": await file("jar") },
      [Deno.build.arch]: { "bin/tool": await file("tool") },
    });
    await withStore(context, async ({ thread }) => {
      const { path } = await deploy(thread, source);
      assert.equal(await thread.readTextFile(path.join("lib/app.jar")), "jar");
      assert.equal((await thread.stat(path.join("lib/app.jar"))).mode & 0o111, 0);
      assert.equal((await thread.stat(path.join("bin/tool"))).mode & 0o111, 0o111);
    });
  },
);

systemTest("deploy() names the architecture that a package has nothing for", async (context) => {
  const other = Deno.build.arch === "x86_64" ? "aarch64" : "x86_64";
  const source = new BuiltinPackage("foreign", { [other]: new URL("file:///dev/null") });
  await withStore(context, async ({ thread }) => {
    await assert.rejects(deploy(thread, source), {
      message: `Package foreign has no files for ${Deno.build.arch}, which host local is: ` +
        `it has ${other}`,
    });
    assert.equal(await source.isBuiltFor(Deno.build.arch), false);
    assert.equal(await source.isBuiltFor(other), true);
  });
});

Deno.test("BuiltinPackage() refuses paths that leave it, that are there twice, other URLs", () => {
  const file = new URL("file:///dev/null");
  const refuses = (byArch: BuiltinFilesByArch, message: string) =>
    assert.throws(() => new BuiltinPackage("p", byArch), { name: "TypeError", message });
  refuses({ any: { "../x": file } }, 'A file of package p cannot be at "../x"');
  refuses({ any: file, aarch64: file }, "Package p has bin/p for aarch64 and for any");
  refuses(
    { x86_64: new URL("data:,x") },
    "Cannot use data:,x: it is not the URL of a file",
  );
});

systemTest("deploy() goes on when another one's sweep took its directory", async (context) => {
  await withStore(context, async ({ thread }) => {
    await deploy(thread, script("first"));
    const batch = thread.batch.bind(thread);
    let taken = 0;
    thread.batch = (build, options) =>
      batch((b) => {
        const mkdir = b.mkdir.bind(b);
        b.mkdir = (path, mode, how) => {
          const made = mkdir(path, mode, how);
          if (!/\.making-[^/]*$/.test(`${path}`) || taken > 0) return made;
          taken++;
          const other = b.open(path, O.RDONLY | O.DIRECTORY);
          b.flock(other, LOCK.EX);
          return made;
        };
        return build(b);
      }, options);
    const pkg = await deploy(thread, script("second"));
    thread.batch = batch;
    assert.equal(taken, 1);
    assert.equal(await thread.readTextFile(pkg.path.join("share/text")), "second");
  });
});

Deno.test("deploy() brings the programs of the host's architecture", async () => {
  const home = await Deno.makeTempDir();
  const agent = nativePath("agent", "aarch64");
  const transport = new ProcessTransport(["qemu-aarch64-static", agent]);
  {
    await using host = await Host.connect("arm", transport);
    Object.assign(host.info.environment, homeIn(host.thread.path(home)));
    assert.equal(host.info.arch, "aarch64");
    const pkg = await deploy(host.thread, exampled);
    const binary = await Deno.readFile(`${pkg.bin("exampled").executable}`);
    assert.deepEqual(binary, await Deno.readFile(nativePath("exampled", "aarch64")));
  }
  await Deno.remove(home, { recursive: true });
});

Deno.test({
  name: "deploy() of one package by eight at once, from two hosts, makes it once",
  ignore,
  fn: () =>
    onMachine(async (connect, network) => {
      await using one = await connect();
      await using two = await connect();
      const hosts = Array.from({ length: 8 }, (_, index) => index % 2 ? one : two);
      const packages = await Promise.all(hosts.map(({ thread }) => deploy(thread, orderd)));
      assert.equal(new Set(packages.map(({ path }) => `${path}`)).size, 1);
      assert.deepEqual(await names(one.thread, storePath(one.thread)), [packages[0]!.path.name]);
      const { code, stderr } = await network.hosts[0]!.run([
        `${packages[0]!.bin("orderd").executable}`,
        "--nonsense",
      ]);
      assert.equal(code, 2, stderr);
    }),
});

Deno.test({
  name: "a deploy that loses its host leaves nothing that is taken for whole",
  ignore,
  fn: () =>
    onMachine(async (connect, network) => {
      const host = network.hosts[0]!;
      const lost = await connect();
      const large = new Uint8Array(64 << 20);
      const source = contentOf("large", { "bin/large": large });
      const deploying = deploy(lost.thread, source);
      deploying.catch(() => {});
      const store = "/root/.cache/bailiwick/store";
      const find = `find ${store} -name large -size +1M | grep .`;
      await until("a part of it is there", async () =>
        (await host.run(["sh", "-c", find])).code === 0);
      for (const pid of await host.pidsInside()) {
        const command = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() =>
          ""
        );
        if (command.startsWith("sshd")) Deno.kill(pid, "SIGKILL");
      }
      await assert.rejects(deploying);
      await lost.close();
      assert.equal((await host.run(["sh", "-c", `ls -d ${store}/.making-*`])).code, 0);
      await using again = await connect();
      const pkg = await deploy(again.thread, script("small"));
      assert.deepEqual(await names(again.thread, pkg.path.parent), [pkg.path.name]);
    }),
});

type Connect = (options?: HostOptions) => Promise<Host>;

/** A machine with only sshd, which must be empty but for its store in the end. */
async function onMachine(
  body: (connect: Connect, network: TestNetwork) => Promise<void>,
): Promise<void> {
  await using network = await TestNetwork.make({ hosts: 1 });
  await body((options) => sshHost({ to: "host0", config: network.sshConfig }, options), network);
  await network.hosts[0]!.run(["rm", "-rf", "/root/.cache"]);
  await network.hosts[0]!.untilEmpty();
}

function script(text: string): PackageSource {
  const bytes = (content: string) => new TextEncoder().encode(content);
  return contentOf("say", {
    "bin/say": bytes(`#!/bin/sh\necho ${text}\n`),
    "share/text": bytes(text),
  });
}

function contentOf(name: string, files: Record<string, Uint8Array>): PackageSource {
  return new FilesPackage(
    name,
    Object.entries(files).map(([path, content]) => ({
      path,
      content,
      mode: path.startsWith("bin/") ? 0o755 : 0o444,
    })),
  );
}

/** Counts the batches of a thread, and how often one was begun when no other was on its way. */
async function rounds(
  thread: Thread,
  task: () => Promise<unknown>,
): Promise<{ calls: number; rounds: number }> {
  const counts = { calls: 0, rounds: 0 };
  const batch = thread.batch.bind(thread);
  let pending = 0;
  thread.batch = async (build, options) => {
    counts.calls++;
    if (pending++ === 0) counts.rounds++;
    try {
      return await batch(build, options);
    } finally {
      pending--;
    }
  };
  await task();
  thread.batch = batch;
  return counts;
}

async function runExampled(thread: Thread, command: Command, cwd: string): Promise<void> {
  const child = await thread.spawn(command.args("--ready-fd", 3), { cwd, ready: 3 });
  await child.ready;
  assert.match(await thread.readTextFile(`${cwd}/status`), /^running/);
  await child.kill(SIG.TERM);
  assert.ok((await child.wait()).isClean);
}

function flipped(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => index === 3 ? byte ^ 1 : byte);
}

async function names(thread: Thread, directory: Path): Promise<string[]> {
  return (await thread.readDirectory(directory)).map(({ name }) => name).sort();
}
