/** Descriptors that a standing agent holds by name. */
import assert from "node:assert/strict";
import { abi } from "../lib/abi/mod.ts";
import {
  decodeStands,
  encodeRelease,
  FRAME,
  Int32Ref,
  PSEUDO,
  type Standing,
  WIRE,
} from "../lib/wire/mod.ts";
import { holdSocket, take } from "./support/held_descriptors.ts";
import { agentPath, RawAgent } from "./support/raw_agent.ts";
import { ask, StandingSystem } from "./support/standing_system.ts";
import { EAGAIN, EEXIST, EINVAL, ENAMETOOLONG, ENOENT } from "./support/errno.ts";

const { close, dup3, pipe2, read } = abi("x86_64").syscalls;
const O_NONBLOCK = 0o4000;
/** A number that no other descriptor has. */
const PIPE = 50;
const LISTENER = "books/orderd/listener";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

for (const build of ["x86_64", "sanitize"] as const) {
  Deno.test(`agent (${build}) holds a descriptor, which the next program is told of and takes`, async () => {
    await using host = await StandingSystem.make(build);
    const note = bytes("{}");
    const { result, inode } = await holdSocket(await host.next(), LISTENER, note);
    assert.equal(result, 0);
    const next = await host.next();
    const [held, ...others] = await next.look().then((all) => all.filter(isHeld));
    assert.deepEqual([held?.name, held?.note, others], [LISTENER, note, []]);
    assert.deepEqual([held?.thread, held?.instance, held?.pid], [0, 0n, 0]);
    const took = await take(next, LISTENER);
    assert.ok(took.result >= 0);
    assert.equal(took.inode, inode);
    assert.equal((await take(next, LISTENER)).inode, inode, "it is held still");
  });
}

function isHeld({ state }: Standing): boolean {
  return state === "held";
}

Deno.test("agent tells a program that attaches what it holds, before it answers", async () => {
  await using host = await StandingSystem.make();
  await holdSocket(await host.next(), LISTENER);
  const { received } = await host.next();
  const stands = received.filter(({ type }) => type === FRAME.STANDS);
  const names = stands.map(({ id, body }) => decodeStands(id, body)).filter(isHeld);
  assert.deepEqual(names.map(({ name }) => name), [LISTENER]);
});

Deno.test("agent holds one descriptor under a name, and gives none under another", async () => {
  await using host = await StandingSystem.make();
  const agent = await host.next();
  const first = await holdSocket(agent, LISTENER);
  assert.equal((await holdSocket(agent, LISTENER)).result, -EEXIST);
  assert.equal((await holdSocket(agent, "books/other")).result, 0);
  assert.equal((await take(agent, LISTENER)).inode, first.inode);
  assert.equal((await take(agent, "books")).result, -ENOENT);
});

Deno.test("agent holds names and notes of any length that they may have", async () => {
  await using host = await StandingSystem.make();
  const agent = await host.next();
  const name = "n".repeat(WIRE.MAX_NAME), note = new Uint8Array(WIRE.MAX_NOTE).fill(255);
  assert.equal((await holdSocket(agent, name, note)).result, 0);
  assert.equal((await holdSocket(agent, `${name}n`)).result, -ENAMETOOLONG);
  assert.equal(
    (await holdSocket(agent, "other", new Uint8Array([...note, 1]))).result,
    -ENAMETOOLONG,
  );
  assert.equal((await holdSocket(agent, "")).result, -EINVAL);
  const held = (await agent.look()).filter(isHeld);
  assert.deepEqual(held.map((one) => [one.name, one.note]), [[name, note]]);
});

Deno.test("agent closes what it is told to release", async () => {
  await using host = await StandingSystem.make();
  const agent = await host.next();
  const readEnd = async () => {
    const { reply } = await agent.call(
      1,
      (b) => b.call(read, [PIPE, b.room(1), 1], { proceed: true }),
    );
    return reply.result(0);
  };
  const { reply } = await agent.call(1, (b) => {
    const fds = b.room(8);
    b.call(pipe2, [fds, O_NONBLOCK]);
    b.call(dup3, [new Int32Ref(fds.value), PIPE, 0]);
    b.call(PSEUDO.HOLD, [new Int32Ref(fds.value + 4), b.cstring("pipe"), 0, 0]);
    b.call(close, [new Int32Ref(fds.value + 4)]);
  });
  assert.equal(reply.result(2), 0);
  assert.equal(await readEnd(), -EAGAIN);
  assert.equal(await ask(agent, encodeRelease(1, "pipe")), 0);
  assert.equal(await readEnd(), 0, "nobody has the other end");
  assert.equal(await ask(agent, encodeRelease(2, "pipe")), -ENOENT);
  assert.deepEqual((await agent.look()).filter(isHeld), []);
  assert.equal((await holdSocket(agent, "pipe")).result, 0);
});

Deno.test("agent that does not stand refuses calls about what it holds", async () => {
  await using agent = await RawAgent.start(agentPath("x86_64"));
  for (const nr of [PSEUDO.HOLD, PSEUDO.TAKE, PSEUDO.HOLD - 1, PSEUDO.TAKE + 1]) {
    const { reply } = await agent.call(1, (b) => b.call(nr, [b.cstring("name"), 0, 0, 0]));
    assert.match(String(reply.refusal("a")), /call of an unknown number/);
  }
});
