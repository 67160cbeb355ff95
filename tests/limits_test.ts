/** What services may use: limits of each process, and of all together in a guest that has cgroups. */
import assert from "node:assert/strict";
import {
  Command,
  commandHost,
  type Host,
  MNT,
  Nursery,
  type SpawnOptions,
  startService,
} from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { guest, guestIgnored } from "./support/guest/guest.ts";
import { lines } from "./support/shell.ts";

const isRoot = Deno.uid() === 0;
const GROUPS = "/sys/fs/cgroup";

systemTest("a service has the limits of each process that it is given", async ({ thread }) => {
  const limits = {
    nofile: { soft: 70, hard: 80 },
    core: 0,
    fsize: "2M",
    stack: "1.5M",
    memlock: 8192,
    data: Infinity,
  } as const;
  const script = "ulimit -Sn; ulimit -Hn; ulimit -c; ulimit -f; ulimit -s; ulimit -l";
  assert.deepEqual(await lines(thread, script, { limits }), ["70", "80", "0", "4096", "1536", "8"]);
});

systemTest("a service has the niceness and OOM score that it is given", async ({ thread }) => {
  const script = "cut -d' ' -f19 /proc/self/stat; cat /proc/self/oom_score_adj";
  const options = { nice: 19, oomScoreAdjust: 1000 };
  assert.deepEqual(await lines(thread, script, options), ["19", "1000"]);
});

systemTest("limits and priorities that are refused say who may have them", async ({ thread }) => {
  const user = "nobody";
  await using child = await thread.clone();
  const { uid, gid } = await thread.user(user);
  await child.batch((b) => [b.setrlimit(7, 100n), b.setgroups([]), b.setgid(gid), b.setuid(uid)]);
  const refused = async (options: SpawnOptions, message: RegExp) =>
    await assert.rejects(lines(child, "true", options), message);
  await refused(
    { limits: { nofile: 200 } },
    /^SyscallError: Cannot set the limit NOFILE to 200: .* \(EPERM\) .*; to raise a hard limit takes CAP_SYS_RESOURCE, as root has/,
  );
  await refused(
    { nice: -5 },
    /Cannot set the niceness -5: .*\(EACCES\).*; to lower it takes CAP_SYS_NICE, as root has/,
  );
  await refused(
    { oomScoreAdjust: -5 },
    /Cannot .*oom.*score.*: .* \(E(ACCES|PERM)\)/,
  );
}, { ignore: !isRoot });

systemTest("an option out of its range is told before anything is started", async ({ thread }) => {
  const wrong: [SpawnOptions, string][] = [
    [{ umask: 0o1000 }, "umask must be from 0 to 0o777, not 512"],
    [{ nice: 20 }, "nice must be an integer from -20 to 19, not 20"],
    [{ oomScoreAdjust: 0.5 }, "oomScoreAdjust must be an integer from -1000 to 1000, not 0.5"],
    [
      { limits: { memory: "512MB" as "512M" } },
      'limits.memory must be a whole number, a number with K, M, G or T as "512M", or Infinity, ' +
      'not "512MB"',
    ],
    [{ limits: { memory: 0 } }, "limits.memory must be more than 0"],
    [{ limits: { tasks: -1 } }, /limits.tasks must be a whole number.* not -1/.source],
    [{ limits: { cpu: 0 } }, "limits.cpu is a number of processors from 0.01 on, not 0"],
    [
      { limits: { nofile: { soft: 2, hard: 1 } } },
      "limits.nofile has a soft limit of 2 above the hard one, 1",
    ],
    [{ limits: { files: 1 } as never }, "There is no limit files: limits are memory, cpu, tasks,"],
  ];
  for (const [options, message] of wrong) {
    await assert.rejects(thread.spawn(new Command("true"), options), (error) => {
      assert.ok(error instanceof RangeError && new RegExp(message).test(error.message), `${error}`);
      return true;
    });
  }
});

Deno.test({
  name: "what a host cannot limit says why for each place, and starts nothing",
  ignore: !isRoot,
}, async () => {
  await using host = await commandHost(["unshare", "--mount", "sh"], { name: "plain" });
  await host.thread.umount(GROUPS, MNT.DETACH);
  const limits = { memory: "64M", cpu: 1 } as const;
  await assert.rejects(host.thread.spawn(new Command("true"), { limits }), {
    name: "LimitError",
    message:
      /^Cannot limit memory, cpu on host plain: that needs a cgroup of version 2 which can be/,
  });
});

/** The groups of services that are there. */
async function groups({ thread }: Host): Promise<string[]> {
  const names = (await thread.readDirectory(GROUPS)).map(({ name }) => name);
  return names.filter((name) => name.startsWith("bailiwick-service-"));
}

async function refusesOthers(host: Host): Promise<void> {
  await using other = await host.thread.clone();
  await other.setuid(700);
  await assert.rejects(other.spawn(new Command("true"), { limits: { tasks: 5 } }), {
    name: "LimitError",
    message: /^Cannot limit tasks on host guest: .*\n {2}\/sys\/fs\/cgroup: .*\(EACCES\)/,
  });
}

async function limitsMemory({ thread }: Host): Promise<void> {
  const limits = { memory: "24M" } as const;
  const hog = new Command("dd", ["if=/dev/zero", "of=/dev/null", "bs=100M", "count=1"]);
  const running = Nursery.run(async (nursery) => {
    await startService(nursery, thread, hog, { limits, name: "hog" }).then(({ ended }) => ended);
  });
  await assert.rejects(running, {
    name: "ServiceError",
    message:
      /^Service hog on host guest .* killed by SIGKILL \(its memory was at its limit, limits.memory\)/,
  });
  const modest = { limits, user: "app" };
  const file = "/sys/fs/cgroup$(sed s/0:://  /proc/self/cgroup)/memory.max";
  assert.deepEqual(await lines(thread, `id -u; cat ${file}`, modest), ["700", `${24 << 20}`]);
}

async function limitsCpu({ thread }: Host): Promise<void> {
  const busy = "i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done; " +
    `sed -n 's/^nr_throttled //p' ${GROUPS}$(sed s/0:://  /proc/self/cgroup)/cpu.stat`;
  const [throttled] = await lines(thread, busy, { limits: { cpu: 0.4 } });
  assert.ok(Number(throttled) > 0, throttled);
}

async function limitsTasks({ thread }: Host): Promise<void> {
  const forks = "for i in 1 2 3 4 5; do sleep 100 & done; echo unlimited";
  await assert.rejects(lines(thread, forks, { limits: { tasks: 3 } }), /can't fork/);
}

async function endsAll(host: Host): Promise<void> {
  // It leaves the session and the environment by which it would be found.
  const escape = "env -i /bin/setsid /bin/sleep 1000 & sleep 0.2";
  const limits = { tasks: 100 };
  await lines(host.thread, escape, { limits });
  const missing = host.thread.spawn(new Command("/no/such"), { limits });
  await assert.rejects(missing, { code: "ENOENT" });
  assert.deepEqual(await groups(host), []);
}

/** A host of an ordinary user, below a group that was handed over to that user. */
async function limitsWhereDelegated({ thread }: Host): Promise<void> {
  const group = `${GROUPS}/delegated`;
  await lines(
    thread,
    `mkdir -p ${group}/session; chown 700:701 ${group} ${group}/cgroup.* ${group}/session ${group}/session/cgroup.*`,
  );
  await using session = await thread.clone();
  await session.writeFile(`${group}/session/cgroup.procs`, "0");
  await session.batch((b) => [b.setgroups([]), b.setgid(701), b.setuid(700)]);
  await using host = await commandHost(["sh"], { from: session, name: "app" });
  const file = `${GROUPS}$(sed s/0:://  /proc/self/cgroup)/pids.max`;
  const limits = { tasks: 33 };
  assert.deepEqual(await lines(host.thread, `id -u; cat ${file}`, { limits }), ["700", "33"]);
}

/** Limited services are in groups outside of their agent's. */
async function endsWithHost(guest: Host): Promise<void> {
  const limits = { tasks: 100 };
  const running = "grep -l '432[1]' /proc/[0-9]*/cmdline 2>/dev/null | wc -l";
  {
    await using host = await commandHost(["sh"], { from: guest.thread, name: "nested" });
    const fork = "(setsid sh -c 'sleep 4321 & sleep 4321' &); echo >&3; exec 3>&-; sleep 4321";
    const child = await host.thread.spawn(new Command("sh", ["-c", fork]), { limits, ready: 3 });
    await child.ready;
    assert.ok(Number((await lines(guest.thread, running))[0]) > 0);
    assert.equal((await groups(guest)).length, 1);
  }
  assert.deepEqual(await lines(guest.thread, running), ["0"]);
  await using next = await commandHost(["sh"], { from: guest.thread, name: "next" });
  await lines(next.thread, "true", { limits });
  assert.deepEqual(await groups(guest), []);
}

async function removesAbandoned(host: Host): Promise<void> {
  const [abandoned, other] = [4711, 1].map((agent) =>
    `bailiwick-service-${agent}-0123456789abcdef`
  );
  for (const name of [abandoned, other]) await host.thread.mkdir(`${GROUPS}/${name}`);
  await lines(host.thread, "true", { limits: { cpu: 1, tasks: 10 } });
  assert.deepEqual(await groups(host), [other]);
  await host.thread.rmdir(`${GROUPS}/${other}`);
}

Deno.test({
  name: "all processes of a service are limited together, and nothing of that is left",
  ignore: guestIgnored(),
}, async (t) => {
  await using host = await guest();
  await t.step("only who can write to the cgroups limits", () => refusesOthers(host));
  await t.step("memory", () => limitsMemory(host));
  await t.step("processor time", () => limitsCpu(host));
  await t.step("tasks", () => limitsTasks(host));
  await t.step("tasks, by a user who was handed a group", () => limitsWhereDelegated(host));
  await t.step("what escaped from the service's tree is ended", () => endsAll(host));
  await t.step("a host that is closed ends its limited services", () => endsWithHost(host));
  await t.step("what a killed program left is removed", () => removesAbandoned(host));
});
