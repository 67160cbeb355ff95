/** An agent that may have little: descriptors, memory for pipes. What it cannot do is answered, never left open. */
import assert from "node:assert/strict";
import { abi } from "../lib/abi/mod.ts";
import { FRAME, Int32Ref, PSEUDO, ResultRef, STREAM } from "../lib/wire/mod.ts";
import { agentPath, RawAgent } from "./support/raw_agent.ts";
import { EINVAL, EMFILE } from "./support/errno.ts";

const { close, fcntl, getpid, openat, pipe2 } = abi("x86_64").syscalls;
const F_GETPIPE_SZ = 1032;
const PIPE_SIZE = 65536;
const OPEN_FILES = 64;

/** An agent that has no descriptor left, and how the streams ended for which it had none. */
async function exhausted(prepare: (agent: RawAgent) => Promise<void> = async () => {}) {
  const limited = `ulimit -n ${OPEN_FILES} && exec "$0"`;
  const agent = await RawAgent.start("/bin/sh", ["-c", limited, agentPath("x86_64")]);
  await prepare(agent);
  const ends: number[] = [];
  for (let number = 0; number < OPEN_FILES; number++) {
    const { reply } = await agent.call(1, (b) => {
      const fds = b.room(8);
      b.call(pipe2, [fds, 0], { opens: { pair: 0 } });
      b.call(PSEUDO.STREAM, [new Int32Ref(fds.value + 4), number, STREAM.TO_FD, 0]);
      b.call(close, [new Int32Ref(fds.value)]);
      b.call(close, [new Int32Ref(fds.value + 4)]);
    });
    assert.deepEqual([reply.done, reply.result(1)], [4, 0]);
    const answers: readonly number[] = [FRAME.CREDIT, FRAME.END];
    const find = () =>
      agent.received.find(({ type, id }) => id === number && answers.includes(type));
    while (!find()) await agent.more();
    const { type, body } = find()!;
    if (type === FRAME.END) ends.push(body[0]!);
  }
  assert.ok(ends.length > 0 && ends.length < OPEN_FILES);
  return { agent, ends };
}

Deno.test("agent with few descriptors answers what it has none for, and goes on", async () => {
  const { agent, ends } = await exhausted();
  await using _agent = agent;
  assert.deepEqual(new Set(ends), new Set([EMFILE]));
  assert.equal(await agent.clone(1, 2), -EMFILE);
  assert.equal((await agent.call(1, (b) => b.call(getpid, []))).reply.done, 1);
});

Deno.test("agent without a descriptor left kills what does not end in its grace", async () => {
  const stubborn = "trap '' TERM; echo up; while :; do sleep 0.05; done";
  const { agent } = await exhausted(async (agent) => {
    await agent.spawn("x86_64", 2, ["/bin/sh", "-c", stubborn], { stream: OPEN_FILES });
    await agent.next(FRAME.DATA, OPEN_FILES);
  });
  await using _agent = agent;
  await agent.sendStop([[{ thread: 2, signal: 15, grace: 200 }]]);
  assert.deepEqual(await agent.exit(2), ["killed", 9]);
});

Deno.test("agent ends a stream of what cannot be waited for", async () => {
  await using agent = await RawAgent.start(agentPath("x86_64"));
  await agent.call(1, (b) => {
    const zero = b.call(openat, [-100, b.cstring("/dev/zero"), 0]);
    b.call(PSEUDO.STREAM, [new ResultRef(zero), 5, STREAM.FROM_FD, 100]);
  });
  assert.equal((await agent.next(FRAME.END, 5)).body[0], EINVAL);
});

/** The size of the pipes that a user gets, an ordinary one. */
async function pipeSize(agent: RawAgent): Promise<number> {
  const { reply } = await agent.call(1, (b) => {
    const fds = b.room(8);
    b.call(pipe2, [fds, 0]);
    const size = b.call(fcntl, [new Int32Ref(fds.value), F_GETPIPE_SZ]);
    b.call(close, [new Int32Ref(fds.value)]);
    b.call(close, [new Int32Ref(fds.value + 4)]);
    return size;
  });
  return reply.result(1);
}

Deno.test("agent leaves pipes for others, however much 64 services write", async () => {
  const flood = ["/bin/sh", "-c", "head -c 8000000 /dev/zero; exec sleep 1000"];
  const user = Deno.uid() === 0 ? ["--reuid", "61234", "--regid", "61234", "--clear-groups"] : [];
  await using agent = await RawAgent.start("setpriv", [...user, agentPath("x86_64")]);
  for (let number = 2; number < 66; number++) {
    await agent.spawn("x86_64", number, flood, { stream: number, credit: 1 << 30 });
  }
  let bytes = 0;
  while (bytes < 64 * 8_000_000) bytes += (await agent.next(FRAME.DATA)).body.length;
  assert.equal(await pipeSize(agent), PIPE_SIZE);
});
