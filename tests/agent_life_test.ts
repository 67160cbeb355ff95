/**
 * How an agent ends, and that it leaves nothing: whatever its stream, it or its keeper comes to, every
 * descendant is gone, however it tried to get away, and so is the temporary directory.
 */
import assert from "node:assert/strict";
import { abi, type Arch } from "../lib/abi/mod.ts";
import { FRAME, Int32Ref, PSEUDO, REPLY, STREAM } from "../lib/wire/mod.ts";
import { addExec, agentPath, type Greeted, RawAgent } from "./support/raw_agent.ts";
import { EAGAIN } from "./support/errno.ts";
import { markedProcesses } from "bailiwick/testing";
import { expectGone } from "./support/gone.ts";

const { getpid, mkdirat, pipe2, dup3, setsid, write } = abi("x86_64").syscalls;
const SIGKILL = "SIGKILL";

/** A shell that ignores TERM, and leaves a grandchild in a session of its own that does the same. */
const STUBBORN =
  `trap "" TERM HUP INT; setsid sh -c 'trap "" TERM HUP INT; (sleep 1000 & echo up >&3; wait)' &
  sleep 1000`;

/** An agent with a stubborn service, its grandchildren up, and a file in its temporary directory. */
async function busyAgent(build: Arch | "sanitize") {
  const mark = crypto.randomUUID();
  const agent = await RawAgent.start("env", [`BAILIWICK_TEST=${mark}`, agentPath(build)]);
  await agent.clone(1, 2);
  const { reply } = await agent.call(2, (b) => {
    const text = (value: string) => b.put(new TextEncoder().encode(value), 1);
    const fds = b.room(8);
    b.call(mkdirat, [-100, text(agent.hello.host.temporary), 0o700]);
    b.call(mkdirat, [-100, text(`${agent.hello.host.temporary}/inside`), 0o700]);
    b.call(pipe2, [fds, 0o2000000]);
    b.call(PSEUDO.STREAM, [new Int32Ref(fds.value), 9, STREAM.FROM_FD, 100]);
    b.call(dup3, [new Int32Ref(fds.value + 4), 3, 0]);
    b.call(setsid, []);
    addExec("x86_64", b, ["/bin/sh", "-c", STUBBORN], [`MARK=${mark}`, "PATH=/usr/bin:/bin"]);
  });
  assert.equal(reply.status, REPLY.EXECUTED);
  await agent.next(FRAME.DATA, 9);
  return { agent, mark };
}

/** The agent, the process that was launched, and the one between them. */
function members(agent: Greeted): { self: number; first: number; second: number } {
  const self = agent.hello.host.pid;
  const status = Deno.readTextFileSync(`/proc/${self}/status`);
  const second = Number(/^PPid:\s*(\d+)/m.exec(status)![1]);
  return { self, first: agent.process.pid, second };
}

function kill(...pids: number[]): void {
  for (const pid of pids) Deno.kill(pid, SIGKILL);
}

const ENDS: Record<string, (agent: Greeted, pids: ReturnType<typeof members>) => void> = {
  "its stream ends": (agent) => void agent.end(),
  "a frame is bad": (agent) => void agent.send(new Uint8Array(16).fill(0xff)),
  "it is killed": (_, { self }) => kill(self),
  "its first keeper is killed": (_, { first }) => kill(first),
  "its second keeper is killed": (_, { second }) => kill(second),
  "both keepers are killed": (_, { first, second }) => kill(first, second),
  "it and its first keeper are killed": (_, { self, first }) => kill(self, first),
  "it and its second keeper are killed": (_, { self, second }) => kill(second, self),
  "it is killed while its second keeper is stopped": (_, { self, second }) => {
    Deno.kill(second, "SIGSTOP");
    kill(self);
  },
  "it is killed while its first keeper is stopped": (_, { self, first }) => {
    Deno.kill(first, "SIGSTOP");
    kill(self);
  },
  "it is told to end": (_, { self }) => Deno.kill(self, "SIGTERM"),
};

for (const build of ["x86_64", "sanitize"] as const) {
  for (const [when, act] of Object.entries(ENDS)) {
    Deno.test(`agent (${build}) leaves nothing when ${when}`, async () => {
      const { agent, mark } = await busyAgent(build);
      assert.ok((await markedProcesses(mark)).length >= 6);
      act(agent, members(agent));
      await agent.process.status;
      await agent.finished();
      await expectGone(mark, 5000);
      await assert.rejects(Deno.lstat(agent.hello.host.temporary), Deno.errors.NotFound);
    });
  }
}

Deno.test("agent says how a service stopped, went on and was killed", async () => {
  await using agent = await RawAgent.start(agentPath("x86_64"));
  await agent.clone(1, 2);
  await agent.call(2, (b) => addExec("x86_64", b, ["/bin/sleep", "1000"]));
  const [STOP, CONT] = [19, 18];
  await agent.signal(2, STOP);
  assert.deepEqual(await agent.changed(2), ["stopped", STOP]);
  await agent.signal(2, CONT);
  assert.deepEqual(await agent.changed(2), ["continued", CONT]);
  assert.equal(await agent.signal(2, 15, 1), -3);
  await agent.signal(2, 15);
  assert.deepEqual(await agent.exit(2), ["killed", 15]);
});

Deno.test("agent gives numbers, slots and memory back over 3,000 spawns", async () => {
  await using agent = await RawAgent.start(agentPath("x86_64"));
  const usage = async () => {
    const fds = [...Deno.readDirSync(`/proc/${agent.hello.host.pid}/fd`)].length;
    const status = await Deno.readTextFile(`/proc/${agent.hello.host.pid}/status`);
    return { fds, kib: Number(/VmRSS:\s+(\d+)/.exec(status)![1]) };
  };
  const spawnMany = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const number = 2 + i % 8;
      await agent.clone(1, number);
      await agent.call(number, (b) => {
        b.call(getpid, []);
        addExec("x86_64", b, ["/bin/true"]);
      });
      assert.deepEqual(await agent.exit(number), ["exited", 0]);
    }
  };
  await spawnMany(100);
  const before = await usage();
  await spawnMany(2900);
  const after = await usage();
  assert.equal(after.fds, before.fds);
  assert.ok(after.kib <= before.kib + 256, `${before.kib} KiB became ${after.kib}`);
});

Deno.test("agent refuses a clone when every slot is taken, and recovers", async () => {
  await using agent = await RawAgent.start(agentPath("x86_64"));
  const { slots } = agent.hello.host;
  for (let child = 2; child <= slots; child++) assert.ok(await agent.clone(1, child) > 0);
  assert.equal(await agent.clone(1, slots + 1), -EAGAIN);
  await agent.signal(2, 9);
  await agent.exit(2);
  assert.ok(await agent.clone(1, slots + 1) > 0);
});

Deno.test("agent writes to a descriptor that nobody reads no more than it granted", async () => {
  await using agent = await RawAgent.start(agentPath("x86_64"));
  const { reply } = await agent.call(1, (b) => {
    const fds = b.room(8);
    b.call(pipe2, [fds, 0]);
    b.call(PSEUDO.STREAM, [new Int32Ref(fds.value + 4), 4, STREAM.TO_FD, 0]);
    b.call(write, [1, fds, 0]);
  });
  assert.equal(reply.done, 3);
  const granted = new DataView((await agent.next(FRAME.CREDIT, 4)).body.buffer).getUint32(0, true);
  const frame = new Uint8Array(16 + granted);
  new DataView(frame.buffer).setUint32(0, granted, true);
  frame[4] = FRAME.WRITE;
  frame[8] = 4;
  await agent.send(frame);
  await agent.send(frame);
  assert.match(new TextDecoder().decode((await agent.next(FRAME.FAIL)).body), /granted/);
});
