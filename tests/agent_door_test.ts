/** Who comes to an agent that stands: many, nobody any more, strangers, and more than it has descriptors for. */
import assert from "node:assert/strict";
import { until } from "bailiwick/testing";
import { abi } from "../lib/abi/mod.ts";
import { encodeWords, FRAME, ResultRef } from "../lib/wire/mod.ts";
import { agentPath, RawAgent } from "./support/raw_agent.ts";
import { greeted, keep, StandingSystem } from "./support/standing_system.ts";

const SLEEP = ["/bin/sleep", "1000"];
const NOBODY = "65534";
const [AF_UNIX, SOCK_SEQPACKET, MODE] = [1, 5, 0o777];

async function isThere(pid: number): Promise<boolean> {
  return await Deno.stat(`/proc/${pid}`).then(() => true, () => false);
}

async function expectEnd(pid: number): Promise<void> {
  await until("the agent has ended", async () => !(await isThere(pid)), 5000);
}

/** Clock ticks, of 10 ms, that a process has run for. */
async function ran(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const [user, system] = stat.slice(stat.lastIndexOf(")") + 2).split(" ").slice(11, 13);
  return Number(user) + Number(system);
}

Deno.test("agent of which a hundred are sent at once is one", async () => {
  await using system = await StandingSystem.make();
  const visits = await Promise.all(Array.from({ length: 100 }, () => system.send()));
  const first = await system.visit();
  const pids = await Promise.all(visits.map((agent) => greeted(agent)));
  assert.deepEqual([...new Set(pids.map(({ hello }) => hello.host.pid))], [first.hello.host.pid]);
});

Deno.test("agent ends when it was only looked at, and nothing stands", async () => {
  await using system = await StandingSystem.make("sanitize");
  const { agent } = await system.come({ generation: 0n, mode: "look" });
  await agent.look();
  await agent.end();
  await expectEnd(agent.hello.host.pid);
  assert.deepEqual(Array.from(Deno.readDirSync(system.directory)), []);
});

Deno.test("agent ends when the program goes that has kept nothing, and its services with it", async () => {
  await using system = await StandingSystem.make("sanitize");
  const { agent } = await system.attach({ generation: 1n });
  const pid = await agent.spawn("x86_64", 2, SLEEP);
  await agent.end();
  await expectEnd(agent.hello.host.pid);
  assert.ok(!await isThere(pid));
});

Deno.test("agent stays for what it keeps, until the last end of it was acknowledged", async () => {
  await using system = await StandingSystem.make("sanitize");
  const { agent } = await system.attach({ generation: 1n });
  const pid = await agent.spawn("x86_64", 2, SLEEP);
  await keep(agent, 2);
  await agent.end();
  for (const generation of [2n, 3n]) {
    const { agent: next } = await system.attach({ generation });
    assert.equal(next.hello.host.pid, agent.hello.host.pid);
    if (generation === 2n) Deno.kill(pid, "SIGTERM");
    const { event } = await next.ended(2);
    if (generation === 3n) await next.send(encodeWords(FRAME.ACK, 0, event, []));
    await next.end();
  }
  await expectEnd(agent.hello.host.pid);
});

Deno.test("agent hears nothing of another user, even at a socket that all may connect to", async () => {
  await using system = await StandingSystem.make("sanitize");
  const { agent } = await system.attach({ generation: 1n });
  for (let path = system.directory; path !== "/tmp"; path = path.slice(0, path.lastIndexOf("/"))) {
    await Deno.chmod(path, MODE);
  }
  await Deno.chmod(`${system.directory}/agent`, MODE);
  const { socket, connect, read } = abi("x86_64").syscalls;
  await using stranger = await RawAgent.start("setpriv", [
    ...[`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", agentPath("x86_64")],
  ]);
  const { reply } = await stranger.call(1, (b) => {
    const path = new TextEncoder().encode(`\x01\0${system.directory}/agent\0`);
    const fd = new ResultRef(b.call(socket, [AF_UNIX, SOCK_SEQPACKET, 0], { opens: "result" }));
    b.call(connect, [fd, b.put(path), path.length - 1]);
    b.call(read, [fd, b.room(64), 64]);
  });
  assert.deepEqual([reply.result(1), reply.result(2)], [0, 0], "it is let go at once");
  assert.ok(await agent.clone(1, 2) > 0);
});

Deno.test("agent that is out of descriptors waits for one, and does not spin", async () => {
  await using system = await StandingSystem.make();
  const { agent } = await system.attach({ generation: 1n });
  const { pid } = agent.hello.host;
  const limit = async (files: number) => {
    const args = ["--pid", `${pid}`, `--nofile=${files}:`];
    assert.ok((await new Deno.Command("prlimit", { args }).output()).success);
  };
  await limit(3);
  const waiting = system.send();
  const before = await ran(pid);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.ok(await ran(pid) - before < 10, "it ran all the time");
  await limit(1024);
  assert.equal((await greeted(waiting)).hello.host.pid, pid);
});
