/** The conformance suite in containers: as root, and as an ordinary user. */
import assert from "node:assert/strict";
import { CLONE, Command, container, copyTree, deploy, HostLostError, SIG } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { nativePackage } from "./support/native.ts";
import { conformance } from "./conformance/mod.ts";
import { nested } from "./support/nested.ts";

conformance({ name: "container", host: nested((thread, options) => container(thread, options)) });

systemTest("a container has a root, a name and a network of its own", async (context) => {
  const { thread, tmpdir } = context;
  const rootfs = tmpdir.join("root");
  await thread.mkdir(rootfs);
  const pkg = await deploy(thread, nativePackage("exampled"));
  await copyTree(thread, pkg.path, thread, rootfs.join("exampled"));
  const unshare = CLONE.NEWUTS | CLONE.NEWNET | CLONE.NEWIPC;
  await using inner = await container(thread, { rootfs, unshare, name: "inner" });
  const names = async () => (await inner.thread.readDirectory("/")).map(({ name }) => name).sort();
  assert.deepEqual(await names(), ["dev", "exampled", "proc", "tmp"]);
  const before = thread.host.nodename;
  await inner.thread.batch((b) => b.sethostname("inner"));
  assert.equal((await thread.readTextFile("/proc/sys/kernel/hostname")).trim(), before);
  const devices = await inner.thread.readTextFile("/proc/net/dev");
  assert.deepEqual(devices.match(/^ *\w+:/gm)?.map((name) => name.trim()), ["lo:"]);
  const nonsense = new Command("/exampled/bin/exampled", ["--nonsense"]);
  await assert.rejects(inner.thread.run(nonsense), /exited with status 2/);
});

systemTest(
  "the first thread of a PID namespace executes, and says why it is not cloned",
  async ({ thread }) => {
    const first = await thread.clone(CLONE.NEWPID);
    assert.equal(await first.getpid(), 1);
    await assert.rejects(first.clone(), (error: Error) => {
      assert.match(error.message, /execute a command in it, or make .* by container\(thread\)/);
      return error instanceof TypeError;
    });
    const child = await first.exec(new Command("/bin/sh", ["-c", "echo $$"]));
    assert.ok((await child.wait()).isClean);
    assert.deepEqual(child.log!.tail, ["1"]);
  },
);

systemTest(
  "a container whose agent is killed leaves no file behind its host",
  async ({ thread }) => {
    const inner = await container(thread);
    const directory = await inner.thread.mkdtemp();
    assert.ok((await thread.stat(directory.toString())).isDirectory);
    assert.ok(`${directory}`.startsWith(`${thread.host.temporary}/`));
    const agents = await thread.readTextFile(
      `/proc/${thread.host.pid}/task/${thread.host.pid}/children`,
    );
    for (const pid of agents.trim().split(" ").map(Number)) {
      if (pid !== thread.process.pid) await thread.syscall("kill", pid, SIG.KILL);
    }
    assert.ok((await inner.ended) instanceof HostLostError);
    await inner.close();
  },
);
