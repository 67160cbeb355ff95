/** A service is a tree of processes: what is told of its end, how it is stopped, and that nothing is left of it. */
import assert from "node:assert/strict";
import { abi } from "../lib/abi/mod.ts";
import { encodeClone, FRAME, type StopEntry } from "../lib/wire/mod.ts";
import { markedProcesses, until } from "bailiwick/testing";
import { agentPath, each, NATIVE, RawAgent } from "./support/raw_agent.ts";
import { expectGone } from "./support/gone.ts";

const SIGKILL = 9;
const SIGTERM = 15;

/** What frames came, in their order, of some types. */
function order(agent: RawAgent, types: readonly number[]): number[] {
  return agent.received.filter(({ type }) => types.includes(type)).map(({ type }) => type);
}

each("says what a service wrote before it says that it ended", async (agent, arch) => {
  for (let round = 0; round < 40; round++) {
    const from = agent.received.length;
    await agent.spawn(arch, 2, ["/bin/sh", "-c", "echo ready; exit 0"], { stream: 1 });
    await agent.exit(2);
    const seen = agent.received.slice(from).map(({ type }) => type);
    const data = seen.indexOf(FRAME.DATA);
    assert.ok(data >= 0 && data < seen.indexOf(FRAME.ENDED), `round ${round}: ${seen}`);
    await agent.next(FRAME.END, 1);
  }
}, { builds: NATIVE });

each("sends the last of what a killed service wrote, as far as there is credit", async (agent) => {
  const write = ["/bin/sh", "-c", "head -c 60000 /dev/zero; kill -9 $$"];
  await agent.spawn("x86_64", 2, write, { stream: 1, credit: 50_000 });
  await agent.exit(2);
  const bytes = agent.received.filter(({ type }) => type === FRAME.DATA)
    .reduce((sum, { body }) => sum + body.length, 0);
  assert.equal(bytes, 50_000);
  assert.deepEqual(order(agent, [FRAME.ENDED]).length, 1);
}, { builds: NATIVE });

/** Children of the service that ends, each of which got away in another way. */
const ESCAPES: Record<string, [string, number]> = {
  "in its group": ["sleep 1000 & exit 3", 1],
  "in another group": ["set -m; sleep 1000 & exit 3", 1],
  "in another session": ["setsid sleep 1000 & sleep 0.2; exit 3", 1],
  "twice removed": ["setsid sh -c 'setsid sleep 1000 & sleep 1000 & wait' & sleep 0.2; exit 3", 3],
  "in its session, without its environment": ["set -m; env -i sleep 1000 & sleep 0.2; exit 3", 1],
};

for (const [where, [script, swept]] of Object.entries(ESCAPES)) {
  each(`sweeps a child that is ${where}`, async (agent) => {
    const mark = crypto.randomUUID();
    await agent.spawn("x86_64", 2, ["/bin/sh", "-c", script], { environment: [`MARK=${mark}`] });
    const end = await agent.ended(2);
    assert.deepEqual([end.kind, end.status, end.swept], ["exited", 3, swept]);
    assert.deepEqual(await markedProcesses(mark), []);
  }, { builds: NATIVE });
}

each("leaves the children of other services alone", async (agent) => {
  const mark = crypto.randomUUID();
  const environment = [`MARK=${mark}`];
  const keep = "(setsid sleep 1000 &) ; sleep 1000";
  await agent.spawn("x86_64", 2, ["/bin/sh", "-c", keep], { environment });
  await until("all three run", async () => (await markedProcesses(mark)).length === 3);
  await agent.spawn("x86_64", 3, ["/bin/sh", "-c", "sleep 1000 & exit 0"]);
  assert.equal((await agent.ended(3)).swept, 1);
  assert.equal((await markedProcesses(mark)).length, 3);
  await agent.signal(2, SIGKILL);
  assert.equal((await agent.ended(2)).swept, 2);
  assert.deepEqual(await markedProcesses(mark), []);
}, { builds: NATIVE });

const STUBBORN = ["/bin/sh", "-c", "trap '' TERM; echo up; while :; do sleep 0.05; done"];

function entry(thread: number, grace = 5000): StopEntry {
  return { thread, signal: SIGTERM, grace };
}

each("stops level after level, and says how each went", async (agent, arch) => {
  await agent.spawn(arch, 2, ["/bin/sleep", "1000"]);
  await agent.spawn(arch, 3, STUBBORN, { stream: 1 });
  await agent.spawn(arch, 4, ["/bin/sleep", "1000"]);
  await agent.spawn(arch, 5, ["/bin/true"]);
  await agent.next(FRAME.DATA, 1);
  await agent.next(FRAME.ENDED, 5);
  await agent.sendStop([[entry(2), entry(3, 200), entry(5)], [entry(4), entry(77)]]);
  assert.equal(await agent.result(), 0);
  const ends = agent.received.filter(({ type }) => type === FRAME.ENDED).map(({ id }) => id);
  assert.deepEqual(ends, [5, 2, 3, 4]);
  const two = await agent.ended(2);
  assert.deepEqual([two.kind, two.status, two.cause], ["killed", SIGTERM, "stopped"]);
  const three = await agent.ended(3);
  assert.deepEqual([three.kind, three.status, three.cause], ["killed", SIGKILL, "forced"]);
  assert.equal((await agent.ended(4)).cause, "stopped");
}, { builds: NATIVE });

each(
  "stops nobody who got the number of one that had ended before its level",
  async (agent, arch) => {
    await agent.spawn(arch, 2, STUBBORN, { stream: 1 });
    await agent.next(FRAME.DATA, 1);
    await agent.clone(1, 3);
    await agent.sendStop([[entry(2, 500)], [entry(3)]]);
    await agent.signal(3, SIGKILL);
    await agent.exit(3);
    await agent.send(encodeClone(1, 1 << 30, { child: 3, flags: 0, instance: 1n }));
    assert.ok(await agent.cloned(3) > 0);
    assert.equal(await agent.result(), 0);
    assert.equal(await agent.signal(3, 0), 0);
  },
  { builds: NATIVE },
);

each("stops one that is stopped, and one that is still a thread", async (agent, arch) => {
  await agent.spawn(arch, 2, ["/bin/sleep", "1000"]);
  await agent.clone(1, 3);
  await agent.signal(2, 19);
  await agent.changed(2);
  await agent.sendStop([[entry(2), entry(3)]]);
  assert.equal(await agent.result(), 0);
  assert.equal((await agent.ended(2)).status, SIGTERM);
  assert.equal((await agent.ended(3)).status, SIGTERM);
});

each("stops 1,000 services in one frame, beside another stop", async (agent) => {
  const { getpid } = abi("x86_64").syscalls;
  await agent.spawn("x86_64", 1002, STUBBORN, { stream: 1 });
  await agent.next(FRAME.DATA, 1);
  for (let number = 2; number < 1002; number++) await agent.spawn("x86_64", number, ["/bin/cat"]);
  await agent.sendStop([[entry(1002, 60_000)]]);
  const numbers = Array.from({ length: 1000 }, (_, i) => entry(2 + i));
  await agent.sendStop([numbers.slice(0, 500), numbers.slice(500)]);
  assert.equal(await agent.result(), 0);
  assert.equal(order(agent, [FRAME.ENDED]).length, 1000);
  await agent.signal(1002, SIGKILL);
  assert.equal(await agent.result(), 0);
  assert.equal((await agent.call(1, (b) => b.call(getpid, []))).reply.done, 1);
}, { builds: NATIVE.slice(0, 1) });

/** 40 lineages whose every process forks the next and exits, in sessions of their own. */
const CHAINS =
  `for i in $(seq 40); do setsid nice sh -c 'f() { (f &) ; exit; }; f' & done; echo up; wait`;

for (const build of NATIVE) {
  for (const user of ["in a cgroup", "without a cgroup"]) {
    Deno.test(`${build.name} ${user} leaves none of 40 lineages that fork and exit`, async () => {
      const mark = crypto.randomUUID();
      const env = ["env", `BAILIWICK_TEST=${mark}`];
      const hide = user === "in a cgroup" ? [] : ["unshare", "-Urm", "sh", "-c", HIDE, "sh"];
      const [command, ...args] = [...hide, ...env, build.command];
      const agent = await RawAgent.start(command!, args);
      try {
        const environment = [`MARK=${mark}`];
        await agent.spawn("x86_64", 2, ["/bin/sh", "-c", CHAINS], { stream: 1, environment });
        await agent.next(FRAME.DATA, 1);
      } finally {
        await agent.end();
      }
      await expectGone(mark, 2000);
    });
  }
}

/** No cgroup can be made where none are mounted. */
const HIDE = 'mount -t tmpfs none /sys/fs/cgroup && exec "$@"';

Deno.test("agent leaves no cgroup", async () => {
  const agent = await RawAgent.start(agentPath("x86_64"));
  const name = agent.hello.host.temporary.split("/").at(-1)!;
  const { reply } = await agent.call(1, (b) => {
    const { openat, read } = abi("x86_64").syscalls;
    const file = b.call(openat, [-100, b.cstring("/proc/self/cgroup"), 0]);
    const into = b.space(4096);
    const got = b.call(read, [{ kind: 2, value: file }, into, 4096]);
    return b.output(into, 4096, got);
  });
  assert.equal(reply.done, 2);
  await agent.end();
  for (const top of ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"]) {
    await assert.rejects(Deno.stat(`${top}/${name}`), Deno.errors.NotFound);
  }
});
