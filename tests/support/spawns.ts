/** Many services: one after the other, and at once. */
import assert from "node:assert/strict";
import {
  type ChildProcess,
  Command,
  localHost,
  type Path,
  SIG,
  startService,
  type Thread,
} from "bailiwick";
import { runSystem, until } from "bailiwick/testing";
import { type Usage, usage } from "./usage.ts";

/** Services that are started side by side. */
const AT_ONCE = 8;
/** Spawns after which everything that is kept for good is there. */
const WARM_UP = 500;
/** KiB that memory may differ by: pages, and tables that fill up once, are no growth. */
const SLACK = 512;
/** Services that ended and are still in the model's table. */
const MODEL_KEEPS = 1000;
/** Services whose events are more than the model keeps. */
const MODEL_FILLS = 2600;

/** How two states differ, in words. */
export type Report = (line: string) => void;

/** Spawns /bin/true this many times; nothing that the program or the agent holds may grow. */
export async function spawnRounds(count: number, report: Report = () => {}): Promise<void> {
  await runSystem(localHost, async ({ host, thread, tmpdir }) => {
    const spawn = () => runTrue(thread, tmpdir.join("work"));
    await repeat(WARM_UP, spawn);
    const before = await usage(host);
    report(`after ${WARM_UP} spawns: ${describe(before)}`);
    for (let done = 0; done < count;) {
      const some = Math.min(1000, count - done);
      await repeat(some, spawn);
      done += some;
      const now = await usage(host);
      report(`after ${WARM_UP + done} spawns: ${describe(now)}`);
      assertNotGrown(before, now);
    }
  });
}

async function runTrue(thread: Thread, cwd: Path): Promise<void> {
  const child = await thread.spawn(new Command("/bin/true"), { cwd });
  assert.ok((await child.wait()).isClean);
  await child.log!.ended;
}

/** Runs a task this many times, some at once. */
async function repeat(count: number, task: () => Promise<void>): Promise<void> {
  let left = count;
  const work = async () => {
    while (left-- > 0) await task();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

function assertNotGrown(before: Usage, now: Usage): void {
  const { programMemory, agentMemory, ...counts } = now;
  const { programMemory: _, agentMemory: __, ...countsBefore } = before;
  assert.deepEqual(counts, countsBefore);
  assert.ok(programMemory <= before.programMemory + SLACK, describe(now));
  assert.ok(agentMemory <= before.agentMemory + SLACK, describe(now));
}

function describe(usage: Usage): string {
  return `program ${usage.programDescriptors} descriptors, ${usage.programMemory} KiB; ` +
    `agent ${usage.agentDescriptors} descriptors, ${usage.agentMemory} KiB; ` +
    `${usage.temporaryFiles} temporary files`;
}

/** Starts this many services in one nursery, each of which ends by itself; nothing of them may be kept. */
export async function endedServices(count: number): Promise<void> {
  await runSystem(localHost, async ({ host, nursery, thread }) => {
    await startService(nursery, thread, new Command("/bin/sleep", ["infinity"]));
    const run = async () => {
      await (await startService(nursery, thread, new Command("/bin/true"))).ended;
    };
    await repeat(MODEL_FILLS, run);
    const before = await usage(host);
    await repeat(count, run);
    assertNotGrown(before, await usage(host));
    assert.equal(host.info.model.services.length, MODEL_KEEPS + 1);
  });
}

/** Starts this many services that are alive at once, kills each, and sees the end of each. */
export async function manyServices(count: number, report: Report = () => {}): Promise<void> {
  await runSystem(localHost, async ({ host, thread, tmpdir }) => {
    await repeat(AT_ONCE, () => runTrue(thread, tmpdir));
    const before = await usage(host);
    report(`before: ${describe(before)}`);
    const services = await startSleepers(thread, count);
    assert.equal(new Set(services.map(({ pid }) => pid)).size, count);
    report(`${count} alive: ${describe(await usage(host))}`);
    const [some, rest] = [services.slice(0, count / 5), services.slice(count / 5)];
    const delays: number[] = [];
    for (const service of some) delays.push(await killAndSee(service));
    report(`ends seen, one by one: ${times(delays)}`);
    report(`ends seen, all at once: ${times(await Promise.all(rest.map(killAndSee)))}`);
    await Promise.all(services.map(({ log }) => log!.ended));
    // An agent closes what a service had when it has told of its end.
    let after = await usage(host);
    await until(`no more descriptors than before: ${describe(before)}`, async () => {
      after = await usage(host);
      return after.agentDescriptors <= before.agentDescriptors &&
        after.programDescriptors <= before.programDescriptors;
    });
    report(`after: ${describe(after)}`);
  });
}

async function startSleepers(thread: Thread, count: number): Promise<ChildProcess[]> {
  const services: ChildProcess[] = [];
  await repeat(count, async () => {
    services.push(await thread.spawn(new Command("/bin/sleep", ["infinity"])));
  });
  return services;
}

/** Milliseconds from the signal's sending to the end's being seen. */
async function killAndSee(service: ChildProcess): Promise<number> {
  assert.equal(service.status, undefined);
  const begin = performance.now();
  await service.kill(SIG.KILL);
  assert.equal(`${await service.wait()}`, "killed by SIGKILL");
  return performance.now() - begin;
}

function times(delays: readonly number[]): string {
  const sorted = delays.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)]!.toFixed(1);
  return `median ${at(0.5)} ms, 99th percentile ${at(0.99)} ms`;
}
