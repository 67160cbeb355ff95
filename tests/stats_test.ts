/** What hosts and services use, on this machine and on a test host. */
import assert from "node:assert/strict";
import { Command, type CpuReading, sshHost, startService } from "bailiwick";
import { runSystem, type SystemContext, systemTest } from "bailiwick/testing";
import { testHostsAvailable, TestNetwork } from "bailiwick/testing";
import { lines } from "./support/shell.ts";

const MIB = 1 << 20;

/** Reads until there has been some processor time since; fails after 20 s. */
async function later<T extends CpuReading>(read: () => Promise<T | undefined>): Promise<[T, T]> {
  const before = (await read())!;
  const deadline = performance.now() + 20_000;
  for (;;) {
    const now = (await read())!;
    if (now.cpuTime >= before.cpuTime + 50 && now.time > before.time) return [before, now];
    assert.ok(performance.now() < deadline, "no processor time is counted");
  }
}

async function hostIsSeen({ host, thread, tmpdir }: SystemContext): Promise<void> {
  const stats = await host.stats({ disks: [tmpdir, "/proc"] });
  const [cpus] = await lines(thread, "grep -c ^processor /proc/cpuinfo");
  assert.equal(stats.cpus, Number(cpus));
  const [total] = await lines(thread, "awk '/MemTotal/ { print $2 }' /proc/meminfo");
  const { memory, load, disks, idleTime } = stats;
  assert.equal(memory.total, Number(total) * 1024);
  assert.ok(memory.free > 0 && memory.free < memory.total);
  assert.ok(memory.available > 0 && memory.available < memory.total);
  assert.ok(memory.swapFree <= memory.swapTotal);
  assert.ok(load.length === 3 && load.every((each) => each >= 0));
  const [, size] = await lines(thread, `df --block-size=1 --output=size ${tmpdir}`);
  assert.equal(disks.get(`${tmpdir}`)!.total, Number(size));
  assert.equal(disks.get("/proc")!.total, 0);
  assert.ok(idleTime > 0);
  await assert.rejects(host.stats({ disks: ["/no/such/disk"] }), { code: "ENOENT" });
}

async function serviceIsSeen({ nursery, thread, host }: SystemContext): Promise<void> {
  // Its children are in its session, in another one, and below that.
  const script = "x=$(head -c 30000000 /dev/zero | tr '\\0' x); sleep 1000 & " +
    "setsid sh -c 'echo >&3; exec 3>&-; sleep 1000; :' & exec 3>&-; wait";
  const sleeper = await startService(nursery, thread, new Command("sh", ["-c", script]), {
    name: "sleeper",
    ready: 3,
  });
  const loop = new Command("sh", ["-c", "while :; do :; done"]);
  const busy = await startService(nursery, thread, loop, { name: "busy" });
  const [before, now] = await later(() => busy.stats());
  assert.ok(now.cpusSince(before) > 0 && now.cpusSince(before) < 3);
  assert.equal(before.cpusSince(before), 0);
  const [earlier, after] = await later(() => host.stats());
  assert.ok(after.cpusSince(earlier) > 0);
  const stats = (await sleeper.stats())!;
  assert.ok(stats.processes === 3 || stats.processes === 4, `${stats.processes} processes`);
  assert.equal(stats.threads, stats.processes);
  assert.ok(stats.rss > 28 * MIB && stats.rss < 200 * MIB, `${stats.rss}`);
  assert.ok(stats.pss! > 28 * MIB && stats.pss! <= stats.rss, `${stats.pss}`);
  assert.ok(stats.cpuTime > 0);
  const one = (await busy.stats())!;
  assert.deepEqual([one.processes, one.threads], [1, 1]);
  await busy.stop();
  assert.equal(await busy.stats(), undefined);
  await sleeper.stop();
}

systemTest("stats() of this machine and of a service", async (context) => {
  await hostIsSeen(context);
  await serviceIsSeen(context);
});

Deno.test(
  { name: "stats() of a test host and of a service", ignore: !testHostsAvailable().ok },
  async () => {
    await using network = await TestNetwork.make({ hosts: 1 });
    const to = { to: "host0", config: network.sshConfig };
    await runSystem((options) => sshHost(to, options), async (context) => {
      await hostIsSeen(context);
      await serviceIsSeen(context);
    });
    await network.hosts[0]!.untilEmpty();
  },
);

systemTest("stats() of its own services needs no root", async (
  { nursery, thread },
) => {
  await using child = await thread.clone();
  await child.batch((b) => [b.setgroups([]), b.setgid(65534), b.setuid(65534)]);
  const own = await startService(nursery, child, new Command("sleep", ["1000"]));
  assert.ok((await own.stats())!.pss! > 0);
  await own.stop();
}, { ignore: Deno.uid() !== 0 });
