/**
 * What an agent does for one program: who may attach, what it tells of what stands, that it keeps the
 * windows, and that it never waits for a program that takes nothing.
 */
import assert from "node:assert/strict";
import { abi } from "../lib/abi/mod.ts";
import {
  encodeAttach,
  encodeKeep,
  encodeNote,
  encodeOutput,
  encodeRelease,
  encodeWindow,
  encodeWords,
  FRAME,
  HEADER_SIZE,
  PSEUDO,
  REPLY,
  ResultRef,
  WIRE,
} from "../lib/wire/mod.ts";
import {
  addExec,
  agentPath,
  each,
  type Greeted,
  header,
  instanceOf,
  NATIVE,
  RawAgent,
} from "./support/raw_agent.ts";
import { EOPNOTSUPP, EPERM, EPROTONOSUPPORT, ESTALE } from "./support/errno.ts";
import { expectGone } from "./support/gone.ts";

const { getpid, openat } = abi("x86_64").syscalls;
const SIGTERM = 15;
const LARGE = 100_000;

/** Never ends, and writes as fast as it is read. */
const FLOOD = ["/bin/sh", "-c", "while :; do echo 0123456789012345678901234567890123456789; done"];

/** An agent whose ATTACH is the test's own. */
async function unattached(attach: (frame: Uint8Array) => void): Promise<RawAgent> {
  const agent = new RawAgent(agentPath("x86_64"));
  await agent.next(FRAME.HELLO);
  const frame = encodeAttach(1, {
    generation: 5n,
    program: new Uint8Array(16),
    window: 1 << 20,
    report: 0,
  });
  attach(frame);
  await agent.send(frame);
  return agent;
}

const VERSION_AT = 16 + 4;
const MODE_AT = 16 + 6;
const GENERATION_AT = 16 + 8;

Deno.test("agent refuses a program of another version, and of no generation", async () => {
  const other = await unattached((frame) => frame[VERSION_AT] = 3);
  assert.equal(await other.result(), -EPROTONOSUPPORT);
  await other.end();
  const stale = await unattached((frame) => frame[GENERATION_AT] = 0);
  assert.equal(await stale.result(), -ESTALE);
  await stale.send(encodeWords(FRAME.LOOK, 0, 2, []));
  assert.equal((await stale.end()).failed, "frame of a program that was refused");
});

Deno.test("agent ends when the first frame is not ATTACH, or not of a program", async () => {
  const early = new RawAgent(agentPath("x86_64"));
  await early.next(FRAME.HELLO);
  await early.send(encodeWords(FRAME.LOOK, 0, 2, []));
  assert.equal((await early.end()).failed, "frame before the program has attached");
  const strange = await unattached((frame) => frame[16] = 0);
  assert.equal((await strange.end()).failed, "attach of something else");
});

Deno.test("agent lets who only looks see what stands, and do nothing", async () => {
  const agent = await unattached((frame) => {
    frame[MODE_AT] = 3;
    frame[VERSION_AT] = 77;
  });
  assert.equal(await agent.result(), 0);
  assert.deepEqual((await agent.look()).map(({ thread, state }) => [thread, state]), [[
    1,
    "thread",
  ]]);
  assert.equal(await agent.signal(1, 9), -EPERM);
  await agent.sendStop([[{ thread: 1, signal: 9, grace: 0 }]]);
  assert.equal(await agent.result(), -EPERM);
  await agent.send(encodeRelease(9, "web"));
  assert.equal(await agent.result(), -EPERM);
  await agent.send(encodeWords(FRAME.DOWN, 0, 0, []));
  assert.equal((await agent.end()).failed, "frame of a program that may only look");
});

each("refuses what only a standing one does, and goes on", async (agent, arch) => {
  await agent.spawn(arch, 2, ["/bin/sleep", "1000"], { stream: 7 });
  const output = { output: 0, stream: 8, credit: 4096, from: 0n };
  const outputs = [{ stream: 7, room: 0 }];
  for (
    const frame of [
      encodeKeep(2, 1, { instance: instanceOf(2), outputs }),
      encodeRelease(2, "web"),
      encodeOutput(2, 3, output),
    ]
  ) {
    await agent.send(frame);
    assert.equal(await agent.result(), -EOPNOTSUPP);
  }
  const held = await agent.call(1, (b) => {
    b.call(PSEUDO.HOLD, [0, b.cstring("web"), 0, 0]);
  });
  assert.equal(held.reply.status, REPLY.REFUSED);
  assert.equal(await agent.signal(2, 9), 0);
  assert.deepEqual(await agent.exit(2), ["killed", 9]);
});

Deno.test("agent takes half an entry of KEEP for a broken stream", async () => {
  const agent = await RawAgent.start(agentPath("sanitize"));
  const whole = encodeKeep(2, 1, { instance: 1n, outputs: [{ stream: 7, room: 0 }] });
  const half = whole.slice(0, -4);
  new DataView(half.buffer).setUint32(0, half.length - HEADER_SIZE, true);
  await agent.send(half);
  assert.equal((await agent.end()).failed, "frame whose length its type does not have");
});

each("tells what stands, with notes, until an end is acknowledged", async (agent, arch) => {
  const pid = await agent.spawn(arch, 2, ["/bin/sleep", "1000"]);
  await agent.clone(1, 3);
  await agent.send(encodeNote(2, new TextEncoder().encode("first, and longer")));
  await agent.send(encodeNote(2, new TextEncoder().encode("second")));
  const standing = await agent.look();
  assert.deepEqual(standing.map(({ thread, state }) => [thread, state]), [
    [1, "thread"],
    [2, "service"],
    [3, "thread"],
  ]);
  const [, service] = standing;
  assert.equal(service!.instance, instanceOf(2));
  assert.equal(new TextDecoder().decode(service!.note), "second");
  if (arch === "x86_64") assert.equal(service!.pid, pid);
  await agent.signal(2, SIGTERM);
  const { event, instance, time } = await agent.ended(2);
  assert.equal(instance, instanceOf(2));
  assert.ok(time >= service!.started);
  assert.equal((await agent.look())[1]!.state, "ended");
  assert.equal(await agent.clone(1, 2), -17, "its number is in use");
  await agent.send(encodeWords(FRAME.ACK, 0, event, []));
  assert.deepEqual((await agent.look()).map(({ thread }) => thread), [1, 3]);
  assert.ok(await agent.clone(1, 2) > 0);
  assert.equal((await agent.look())[1]!.note.length, 0);
});

each("answers a LOOK at 300 long notes", async (agent) => {
  for (let number = 2; number < 302; number++) {
    await agent.clone(1, number);
    await agent.send(encodeNote(number, new Uint8Array(WIRE.MAX_NOTE).fill(number)));
  }
  const standing = await agent.look();
  assert.equal(standing.length, 301);
  for (const { thread, note } of standing.slice(1)) {
    assert.deepEqual([note.length, note[0]], [WIRE.MAX_NOTE, thread & 255]);
  }
}, { builds: NATIVE });

each("says what it has taken", async (agent) => {
  const note = encodeNote(1, new Uint8Array(1000));
  for (let i = 0; i < 10; i++) await agent.send(note);
  await agent.look();
  const said = agent.received.filter(({ type }) => type === FRAME.RECEIVED)
    .map(({ body }) => Number(new DataView(body.buffer).getBigUint64(0, true)));
  assert.ok(said.length > 0 && said.length <= 3, `${said}`);
  for (let i = 1; i < said.length; i++) assert.ok(said[i]! >= said[i - 1]! + 4000);
}, { builds: NATIVE, program: { report: 4000 } });

/** Reads zeros into the reply. */
function readLarge(agent: RawAgent, number: number): Promise<number> {
  return agent.sendCall(number, (b) => {
    const zeros = b.call(openat, [-100, b.cstring("/dev/zero"), 0], { opens: "result" });
    const into = b.space(LARGE);
    const got = b.call(PSEUDO.READ_FULL, [new ResultRef(zeros), into, LARGE]);
    b.output(into, LARGE, got);
  });
}

each("lets small answers go ahead of bulk that has no window", async (agent) => {
  await agent.clone(1, 2);
  await agent.clone(1, 3);
  await agent.spawn("x86_64", 4, FLOOD, { stream: 1, credit: 1 << 30 });
  let bulk = 0;
  while (bulk < 1000) bulk += (await agent.next(FRAME.DATA, 1)).body.length;
  assert.equal(bulk, 1000);
  await readLarge(agent, 2);
  await readLarge(agent, 2);
  await readLarge(agent, 3);
  const { reply } = await agent.call(1, (b) => b.call(getpid, []));
  assert.ok(reply.result(0) > 0);
  assert.equal(await agent.signal(4, 9), 0);
  const large = agent.received.filter(({ type, body }) =>
    type === FRAME.REPLY && body.length > WIRE.SMALL
  );
  assert.equal(large.length, 0);
  await agent.send(encodeWindow(1001));
  assert.ok((await agent.next(FRAME.REPLY)).body.length > LARGE);
  await agent.send(encodeWindow(10 * LARGE));
  assert.ok((await agent.next(FRAME.REPLY)).body.length > LARGE);
  assert.ok((await agent.next(FRAME.REPLY)).body.length > LARGE);
}, { builds: NATIVE, program: { window: 1000 } });

/** An agent that is not read from, with a service that writes without end. */
async function unread(mark: string): Promise<{ agent: Greeted; pids: number[] }> {
  const agent = await RawAgent.start("env", [`BAILIWICK_TEST=${mark}`, agentPath("x86_64")]);
  const environment = [`MARK=${mark}`];
  const quiet = await agent.spawn("x86_64", 2, ["/bin/sleep", "1000"], { environment });
  const loud = await agent.spawn("x86_64", 3, FLOOD, {
    stream: 1,
    credit: 1 << 30,
    environment,
  });
  agent.pause();
  return { agent, pids: [quiet, loud] };
}

/** Waits until a process was reaped. */
async function reaped(pid: number): Promise<void> {
  const deadline = performance.now() + 5000;
  while (await Deno.stat(`/proc/${pid}`).then(() => true, () => false)) {
    assert.ok(performance.now() < deadline, `process ${pid} is still there`);
  }
}

Deno.test("agent whose program is silent says so, and ends", async () => {
  const agent = await RawAgent.start(agentPath("sanitize"));
  await agent.send(encodeWords(FRAME.ALIVE, 0, 0, [200]));
  const { body } = await agent.next(FRAME.FAIL);
  assert.equal(
    new TextDecoder().decode(body),
    "the program was silent for as long as it may be",
  );
  assert.equal((await agent.end()).code, 0);
});

Deno.test("agent whose program is silent and takes nothing ends everything", async () => {
  const mark = crypto.randomUUID();
  const { agent } = await unread(mark);
  await agent.send(encodeWords(FRAME.ALIVE, 0, 0, [500]));
  await agent.process.status;
  await expectGone(mark, 5000);
  agent.resume();
  await agent.finished();
});

Deno.test("agent whose program takes nothing does not wait for what that has sent", async () => {
  const agent = await RawAgent.start(agentPath("sanitize"));
  agent.pause();
  await agent.send(encodeWords(FRAME.ALIVE, 0, 0, [300]));
  // Of all frames these have the longest answers beside their own length.
  const calls = new Uint8Array(1024 * HEADER_SIZE);
  for (let i = 0; i < 1024; i++) calls.set(header(FRAME.CALL, 1, 1, 0), i * HEADER_SIZE);
  for (let sent = 0; sent < 10_000_000; sent += calls.length) agent.send(calls);
  assert.equal((await agent.process.status).code, 0);
  agent.resume();
  assert.equal(await agent.finished(), "");
});

Deno.test("agent that cannot say anything is told to end, and reaps, all the same", async () => {
  const mark = crypto.randomUUID();
  const { agent, pids } = await unread(mark);
  await agent.send(encodeWords(FRAME.SIGNAL, 2, 5, [9, 0]));
  await agent.send(encodeWords(FRAME.SIGNAL, 3, 6, [9, 0]));
  await Promise.all(pids.map(reaped));
  Deno.kill(agent.hello.host.pid, "SIGTERM");
  await agent.process.status;
  agent.resume();
  await agent.finished();
});

each("takes any byte for life, and says that it lives itself", async (agent) => {
  const silence = 400;
  await agent.send(encodeWords(FRAME.ALIVE, 0, 0, [silence]));
  const note = encodeNote(1, new Uint8Array(10));
  // A part of a frame is life too.
  for (let i = 0; i < note.length; i += 4) {
    await agent.send(note.subarray(i, i + 4));
    await agent.next(FRAME.LIFE);
  }
  await agent.send(encodeWords(FRAME.ALIVE, 0, 0, [0]));
  await agent.look();
}, { builds: NATIVE });

Deno.test("agent that was stopped reads what has come before it judges", async () => {
  await using agent = await RawAgent.start(agentPath("x86_64"));
  await agent.send(encodeWords(FRAME.ALIVE, 0, 0, [300]));
  await agent.next(FRAME.LIFE);
  Deno.kill(agent.hello.host.pid, "SIGSTOP");
  await agent.send(encodeNote(1, new Uint8Array(10)));
  await new Promise((resolve) => setTimeout(resolve, 600));
  Deno.kill(agent.hello.host.pid, "SIGCONT");
  await agent.next(FRAME.LIFE);
});

Deno.test("agent ends everything at DOWN", async () => {
  const mark = crypto.randomUUID();
  const agent = await RawAgent.start(agentPath("x86_64"));
  await agent.clone(1, 2);
  await agent.call(2, (b) => addExec("x86_64", b, ["/bin/sleep", "1000"], [`MARK=${mark}`]));
  await agent.send(encodeWords(FRAME.DOWN, 0, 0, []));
  const { code } = await agent.process.status;
  assert.equal(code, 0);
  await expectGone(mark, 5000);
  await agent.finished();
});
