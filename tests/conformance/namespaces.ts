import assert from "node:assert/strict";
import { CLONE, Command, MNT, MS, O, SIG, type Thread } from "bailiwick";
import type { Checks } from "./checks.ts";

/** Makes a user namespace in which the thread is root. */
async function becomeRoot(thread: Thread, others = 0): Promise<void> {
  const { uid, gid } = await thread.batch((b) => ({ uid: b.geteuid(), gid: b.getegid() }));
  await thread.batch((b) => {
    b.unshare(CLONE.NEWUSER | others);
    b.idMaps({ uids: [{ inside: 0, outside: uid }], gids: [{ inside: 0, outside: gid }] });
  });
}

export const namespaceChecks: Checks = {
  "a user namespace has its own numbers": async ({ thread, tmpdir }) => {
    await using child = await thread.clone();
    const { uid, gid } = await child.batch((b) => ({ uid: b.geteuid(), gid: b.getegid() }));
    await child.batch((b) => {
      b.unshare(CLONE.NEWUSER);
      b.idMaps({ uids: [{ inside: 7, outside: uid }], gids: [{ inside: 8, outside: gid }] });
    });
    assert.deepEqual([await child.getuid(), await child.getgid()], [7, 8]);
    assert.equal((await child.readTextFile("/proc/self/setgroups")).trim(), "deny");
    const stat = await child.stat(tmpdir);
    assert.deepEqual([stat.uid, stat.gid], [7, 8]);
    await assert.rejects(child.setgroups([1]), { code: "EPERM" });
    await assert.rejects(
      child.idMaps({ uids: [{ inside: 0, outside: -1 }], gids: [] }),
      RangeError,
    );
  },
  "the numbers of a clone's user namespace are written from outside": async ({ thread }) => {
    const { uid, gid } = await thread.batch((b) => ({ uid: b.geteuid(), gid: b.getegid() }));
    await using child = await thread.clone(CLONE.NEWUSER);
    const { pid } = child.process;
    await thread.idMaps({
      pid,
      uids: [{ inside: 0, outside: uid }],
      gids: [{ inside: 0, outside: gid }],
    });
    assert.equal(await child.getuid(), 0);
  },
  "what is mounted is seen in its namespace alone": async ({ thread, tmpdir }) => {
    await using child = await thread.clone();
    await becomeRoot(child, CLONE.NEWNS);
    await child.mount("scratch", tmpdir, "tmpfs", MS.NOSUID | MS.NODEV, "size=64k,mode=0700");
    await child.writeFile(tmpdir.join("inside"), "x");
    assert.deepEqual(await thread.readDirectory(tmpdir), []);
    await child.umount(tmpdir, MNT.DETACH);
    await assert.rejects(child.stat(tmpdir.join("inside")), { code: "ENOENT" });
  },
  "a thread's root is changed": async ({ thread, tmpdir }) => {
    await using child = await thread.clone();
    await becomeRoot(child, CLONE.NEWNS);
    const root = tmpdir.join("root");
    await thread.mkdir(root);
    await thread.writeFile(root.join("file"), "in the root");
    await child.batch((b) => {
      b.chroot(root);
      b.chdir("/");
    });
    assert.equal(await child.getcwd(), "/");
    assert.deepEqual((await child.readDirectory("/")).map(({ name }) => name), ["file"]);
    assert.equal(await child.readTextFile("/../file"), "in the root");
  },
  "a namespace is entered by its descriptor": async ({ thread }) => {
    await using maker = await thread.clone();
    await becomeRoot(maker, CLONE.NEWUTS);
    await maker.sethostname("entered");
    const { pid } = maker.process;
    await using visitor = await thread.clone();
    await using user = await visitor.open(`/proc/${pid}/ns/user`, O.RDONLY);
    await using uts = await visitor.open(`/proc/${pid}/ns/uts`, O.RDONLY);
    await visitor.batch((b) => {
      b.setns(user, CLONE.NEWUSER);
      b.setns(uts, CLONE.NEWUTS);
    });
    const name = async (of: Thread) => (await of.readTextFile("/proc/sys/kernel/hostname")).trim();
    assert.equal(await name(visitor), "entered");
    assert.notEqual(await name(thread), "entered");
  },
  "a namespace that another user namespace owns stays shut": async ({ thread }) => {
    await using maker = await thread.clone();
    await becomeRoot(maker, CLONE.NEWNET);
    await using net = await maker.open("/proc/self/ns/net", O.RDONLY);
    await using child = await maker.clone();
    await using inherited = child.inherit(net);
    await becomeRoot(child);
    await assert.rejects(inherited.setns(CLONE.NEWNET), { code: "EPERM", syscall: "setns" });
  },
  "a network namespace has a loopback of its own": async ({ thread }) => {
    await using child = await thread.clone();
    await becomeRoot(child, CLONE.NEWNET);
    const devices = await child.readTextFile("/proc/self/net/dev");
    assert.deepEqual(devices.match(/^ *\w+:/gm)?.map((name) => name.trim()), ["lo:"]);
  },
  "PID namespaces are made by hand, and end with their first process": async ({ thread }) => {
    await using maker = await thread.clone();
    await becomeRoot(maker, CLONE.NEWPID);
    const first = await maker.clone();
    assert.equal(await first.getpid(), 1);
    const second = await maker.clone();
    assert.equal(await second.getpid(), 2);
    assert.ok(second.process.pid > 2);
    const two = new Command("/bin/sh", ["-c", "sleep 1000 & exec sleep 1000"]);
    const service = await second.exec(two);
    await first.process.kill(SIG.KILL);
    assert.equal(`${await first.process.wait()}`, "killed by SIGKILL");
    assert.equal(`${await service.wait()}`, "killed by SIGKILL");
    await assert.rejects(maker.clone(), { code: "ENOMEM" });
  },
};
