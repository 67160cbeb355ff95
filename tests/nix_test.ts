/**
 * Nix closures that are brought from one Nix store to another. Both stores are in containers of this
 * machine that have a /nix of their own, and nix-store is this machine's.
 */
import assert from "node:assert/strict";
import {
  CLONE,
  Command,
  container,
  deploy,
  type Host,
  MS,
  NixClosure,
  nixClosure,
  NixError,
  SIG,
  type Thread,
} from "bailiwick";
import { type SystemContext, systemTest } from "bailiwick/testing";
import { nativePath } from "./support/native.ts";

systemTest("a Nix closure comes with all that it refers to, and runs", async (context) => {
  await withStores(context, async (source, target) => {
    const { outer, inner } = await makeClosure(source.thread);
    const closure = nixClosure({ path: outer, from: source.thread });
    const pkg = await deploy(target.thread, closure);
    assert.equal(`${pkg.path}`, outer);
    assert.deepEqual(await storeNames(target.thread), await storeNames(source.thread));
    assert.equal(await target.thread.readTextFile(`${outer}/refers`), `${inner}\n`);
    await runExampled(target.thread, `${inner}/bin/exampled`);
    const again = await deploy(target.thread, closure);
    assert.equal(`${again.path}`, outer);
    // What the target has is not moved again, and needs no source.
    await source.close();
    await deploy(target.thread, closure);
    await deploy(target.thread, nixClosure({ path: inner, from: source.thread }));
  });
});

systemTest("a Nix closure that is not there, or does not fit, says so", async (context) => {
  await withStores(context, async (source, target) => {
    const { outer } = await makeClosure(source.thread);
    const path = `/nix/store/${"0".repeat(32)}-nothing`;
    await assert.rejects(
      deploy(target.thread, nixClosure({ path, from: source.thread })),
      (error) => {
        assert.ok(error instanceof NixError);
        assert.match(
          error.message,
          /^nix-store --query .* on host source exited with status 1; standard error/,
        );
        assert.match(error.message, /is not valid/);
        return true;
      },
    );
    await target.thread.batch((b) => {
      b.mount("tmpfs", "/nix", "tmpfs", 0, "size=200k");
    });
    await assert.rejects(deploy(target.thread, nixClosure({ path: outer, from: source.thread })), {
      name: "NixError",
      message: /on host target .*(No space left|disk is full)/s,
    });
  });
});

systemTest("a host without nix-store is named, with what to install", async (context) => {
  await using source = await hostWithStore(context, "source");
  await using bare = await hostWithStore(context, "bare", { PATH: "/nowhere" });
  const { outer: path } = await makeClosure(source.thread);
  const expected = { name: "NixError", message: /^Host bare has no nix-store .* nix-bin$/ };
  await assert.rejects(deploy(bare.thread, nixClosure({ path, from: source.thread })), expected);
  await using target = await hostWithStore(context, "target");
  await assert.rejects(deploy(target.thread, nixClosure({ path, from: bare.thread })), expected);
});

Deno.test("nixClosure() takes store paths only", () => {
  assert.equal(new NixClosure({ path: `/nix/store/${"a".repeat(32)}-x-1.0` }).name, "x-1.0");
  for (const path of ["", "/nix/store", "x", `/nix/store/${"a".repeat(32)}-x/bin/y`, "--help"]) {
    assert.throws(() => nixClosure({ path }), TypeError);
  }
});

/** Two hosts on this machine, each with an empty Nix store. */
async function withStores(
  context: SystemContext,
  body: (source: Host, target: Host) => Promise<void>,
): Promise<void> {
  await using source = await hostWithStore(context, "source");
  await using target = await hostWithStore(context, "target");
  await body(source, target);
}

/** A container whose root is this machine's, but for /nix, /tmp and /var. */
async function hostWithStore(
  { thread, tmpdir }: SystemContext,
  name: string,
  environment: Record<string, string> = {},
): Promise<Host> {
  const rootfs = tmpdir.join(name);
  await thread.mkdir(rootfs);
  await using maker = await thread.clone(CLONE.NEWNS);
  await maker.batch((b) => {
    b.mount("", "/", "", MS.REC | MS.PRIVATE);
    b.mount("tmpfs", rootfs, "tmpfs");
    for (const path of ["nix", "tmp", "var", "root", "usr", "etc", "dev", "proc"]) {
      b.mkdir(rootfs.join(path));
    }
    for (const path of ["bin", "lib", "lib64"]) b.symlink(`usr/${path}`, rootfs.join(path));
    for (const path of ["usr", "etc", "dev"]) b.mount(`/${path}`, rootfs.join(path), "", MS.BIND);
  });
  return await container(maker, { name, rootfs, environment });
}

/** A store path that refers to another one, in which exampled is. */
async function makeClosure(thread: Thread): Promise<{ outer: string; inner: string }> {
  await thread.batch((b) => {
    b.mkdir("/tmp/exampled");
    b.mkdir("/tmp/exampled/bin");
    b.mkdir("/tmp/outer");
  });
  await thread.writeFile(
    "/tmp/exampled/bin/exampled",
    await Deno.readFile(nativePath("exampled", thread.host.arch)),
    { mode: 0o755 },
  );
  const inner = await nixStore(thread, ["--add", "/tmp/exampled"]);
  await thread.writeFile("/tmp/outer/refers", `${inner}\n`);
  const outer = await nixStore(thread, ["--add", "/tmp/outer"]);
  // Only a build finds out by itself what a path refers to.
  await nixStore(thread, ["--register-validity", "--reregister"], `${outer}\n\n1\n${inner}\n`);
  return { outer, inner };
}

async function storeNames(thread: Thread): Promise<string[]> {
  const entries = await thread.readDirectory("/nix/store");
  return entries.map(({ name }) => name).filter((name) => !name.startsWith(".")).sort();
}

async function runExampled(thread: Thread, executable: string): Promise<void> {
  const command = new Command(executable, ["--ready-fd", "3"]);
  const child = await thread.spawn(command, { cwd: "/tmp/work", ready: 3 });
  await child.ready;
  assert.match(await thread.readTextFile("/tmp/work/status"), /^running/);
  await child.kill(SIG.TERM);
  assert.ok((await child.wait()).isClean);
}

async function nixStore(thread: Thread, args: readonly string[], input = ""): Promise<string> {
  return (await thread.run(new Command("nix-store", args), { input })).stdout.trim();
}
