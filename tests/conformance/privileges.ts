import assert from "node:assert/strict";
import { CAP, Command, MS, PR, PRIO, SCHED, SIG, type Thread } from "bailiwick";
import type { Checks } from "./checks.ts";

/** What /proc says of a thread, by name. */
async function status(thread: Thread, name: string): Promise<string | undefined> {
  const text = await thread.readTextFile("/proc/self/status");
  return text.match(new RegExp(`^${name}:\\s*(.*)$`, "m"))?.[1];
}

export const privilegeChecks: Checks = {
  "capabilities are seen, given up and passed on": async ({ thread }) => {
    await using child = await thread.clone();
    const before = await child.capget();
    assert.ok(before.effective.includes(CAP.SYS_CHROOT));
    assert.ok(before.effective.includes(CAP.CHECKPOINT_RESTORE));
    const keep = [CAP.SYS_CHROOT, CAP.CHECKPOINT_RESTORE];
    await child.capset({ effective: [CAP.SYS_CHROOT], permitted: keep, inheritable: keep });
    const after = await child.capget();
    assert.deepEqual(after, { effective: [CAP.SYS_CHROOT], permitted: keep, inheritable: keep });
    assert.equal(await status(child, "CapEff"), "0000000000040000");
    await child.prctl(PR.CAP_AMBIENT, PR.CAP_AMBIENT_RAISE, CAP.SYS_CHROOT, 0, 0);
    assert.equal(await status(child, "CapAmb"), "0000000000040000");
    await assert.rejects(
      child.capset({ ...after, permitted: [...keep, CAP.KILL] }),
      { code: "EPERM" },
    );
    await assert.rejects(child.mount("x", "/", "tmpfs", MS.NOSUID), { code: "EPERM" });
  },
  "new privileges are given up for good": async ({ thread }) => {
    await using child = await thread.clone();
    assert.equal(await child.prctl(PR.GET_NO_NEW_PRIVS, 0, 0, 0, 0), 0);
    await child.noNewPrivs();
    assert.equal(await child.prctl(PR.GET_NO_NEW_PRIVS, 0, 0, 0, 0), 1);
    const service = await child.exec(new Command("grep", ["^NoNewPrivs", "/proc/self/status"]));
    assert.ok((await service.wait()).isClean);
    assert.deepEqual(service.log!.tail, ["NoNewPrivs:\t1"]);
  },
  "a thread has a name": async ({ thread }) => {
    await using child = await thread.clone();
    await child.setProcessName("a name too long to keep");
    assert.equal(await child.getProcessName(), "a name too long");
    await child.prctl(PR.SET_NAME, "other");
    assert.equal(await status(child, "Name"), "other");
  },
  "a thread runs on the processors that it is told": async ({ thread }) => {
    await using child = await thread.clone();
    const all = await child.schedGetaffinity();
    assert.ok(all.length > 0);
    await child.schedSetaffinity([all.at(-1)!]);
    assert.deepEqual(await child.schedGetaffinity(), [all.at(-1)]);
    const nproc = await child.exec(new Command("nproc"));
    assert.ok((await nproc.wait()).isClean);
    assert.deepEqual(nproc.log!.tail, ["1"]);
    await assert.rejects(thread.schedSetaffinity([]), { code: "EINVAL" });
    await assert.rejects(thread.schedSetaffinity([1024]), RangeError);
  },
  "a thread is nice, and has a policy": async ({ thread }) => {
    await using child = await thread.clone();
    const before = await child.getpriority();
    await child.setpriority(before + 5);
    assert.equal(await child.getpriority(), before + 5);
    const pid = await child.getpid();
    assert.equal(await thread.getpriority(PRIO.PROCESS, pid), before + 5);
    assert.equal(await thread.getpriority(), before);
    assert.equal(await child.schedGetscheduler(), SCHED.NORMAL);
    await child.schedSetscheduler(SCHED.BATCH);
    assert.equal(await child.schedGetscheduler(), SCHED.BATCH);
    await assert.rejects(child.schedSetscheduler(SCHED.BATCH, 7), { code: "EINVAL" });
  },
  "a signal is ignored, or does what it does": async ({ thread }) => {
    await using child = await thread.clone();
    await child.sigaction(SIG.TERM, "ignore");
    assert.equal(await child.getsigaction(SIG.TERM), "ignore");
    await child.kill(await child.getpid(), SIG.TERM);
    assert.equal(await child.getpid(), child.process.pid);
    await child.sigaction(SIG.TERM, "default");
    assert.equal(await child.getsigaction(SIG.TERM), "default");
    await assert.rejects(child.sigaction(SIG.KILL, "ignore"), { code: "EINVAL" });
  },
  "a process group is made, joined and signalled": async ({ thread }) => {
    await using leader = await thread.clone();
    await using follower = await thread.clone();
    const group = await leader.getpid();
    await leader.setpgid();
    await follower.setpgid(0, group);
    assert.equal(await follower.getpgid(), group);
    assert.equal(await thread.getsid(group), await thread.getsid());
    await thread.kill(-group, SIG.KILL);
    const ends = await Promise.all([leader, follower].map(({ process }) => process.wait()));
    assert.deepEqual(ends.map(String), ["killed by SIGKILL", "killed by SIGKILL"]);
    await assert.rejects(thread.kill(-group, 0), { code: "ESRCH" });
  },
  "a thread becomes another user, with its groups": async ({ thread, tmpdir }) => {
    await using child = await thread.clone();
    await thread.writeFile(tmpdir.join("file"), "", { mode: 0o600 });
    await thread.chown(tmpdir.join("file"), 1234, 2345);
    const stat = await thread.stat(tmpdir.join("file"));
    assert.deepEqual([stat.uid, stat.gid], [1234, 2345]);
    const ids = await child.batch((b) => {
      b.setgroups([3456, 4567]);
      b.setgid(2345);
      b.setuid(1234);
      return { groups: b.getgroups(), gid: b.getgid(), uid: b.getuid(), egid: b.getegid() };
    });
    assert.deepEqual(ids, { groups: [3456, 4567], gid: 2345, uid: 1234, egid: 2345 });
    assert.deepEqual((await child.capget()).effective, []);
    await assert.rejects(child.setuid(0), { code: "EPERM", message: /only root may/ });
  },
};
