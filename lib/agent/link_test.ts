/** A connection over a link that carries little: what goes ahead, what waits, and when it is given up. */
import assert from "node:assert/strict";
import { BatchEncoder, FRAME, WIRE } from "../wire/mod.ts";
import { FakeAgent, turn } from "./fake_agent.ts";

const KIB = 1024;
const SLOW = 8000;

function batchOf(room = 0): BatchEncoder {
  const batch = new BatchEncoder();
  batch.call(39, []);
  if (room > 0) batch.room(room);
  return batch;
}

/** Settles with the next of what `look` finds, within the test's patience. */
async function until(look: () => boolean, milliseconds = 5000): Promise<void> {
  const deadline = performance.now() + milliseconds;
  while (!look()) {
    assert.ok(performance.now() < deadline, `${look} in ${milliseconds} ms`);
    await turn();
  }
}

Deno.test("attaching says the window of a slow link, and how often it is to be told what arrived", async () => {
  const { agent, connection } = await FakeAgent.connect({ rate: SLOW });
  await turn();
  assert.deepEqual([agent.window, agent.report], [16 * KIB, 4 * KIB]);
  assert.equal(connection.piece, 16 * KIB);
  const unknown = await FakeAgent.connect({ rate: undefined });
  await turn();
  assert.deepEqual([unknown.agent.window, unknown.agent.report], [64 * KIB, 8 * KIB - 16]);
});

Deno.test("a small call goes ahead of large ones on a slow link", async () => {
  const { agent, connection } = await FakeAgent.connect({ rate: SLOW });
  const large = [1, 2, 3].map(() => connection.call(1, batchOf(20 * KIB)));
  const small = connection.call(2, batchOf());
  const behind = connection.call(1, batchOf());
  const signal = connection.signal(5, 15, false);
  await turn();
  const seen = () =>
    agent.received.splice(0).map(({ type, id, body }) => [type, id, body.length > 4096]);
  assert.deepEqual(seen(), [
    [FRAME.CALL, 2, false],
    [FRAME.SIGNAL, 5, false],
    [FRAME.CALL, 1, true],
  ]);
  agent.receivedSoFar();
  await turn();
  assert.deepEqual(seen(), [[FRAME.CALL, 1, true]]);
  agent.receivedSoFar();
  await turn();
  // What came after the large ones on their thread keeps its place.
  assert.deepEqual(seen(), [[FRAME.CALL, 1, true]]);
  agent.receivedSoFar();
  await turn();
  assert.deepEqual(seen(), [[FRAME.CALL, 1, false]]);
  agent.end();
  await Promise.allSettled([...large, small, behind, signal]);
});

Deno.test("a large call that waits for the link is taken back when its signal is aborted", async () => {
  const { agent, connection } = await FakeAgent.connect({ rate: SLOW });
  const stop = new AbortController();
  const first = connection.call(1, batchOf(20 * KIB));
  const second = connection.call(1, batchOf(20 * KIB), stop.signal);
  const frame = await agent.take(FRAME.CALL);
  stop.abort("stop");
  assert.equal(await second.catch((reason) => reason), "stop");
  agent.receivedSoFar();
  agent.reply(frame, [1]);
  await first;
  await agent.takeNothing();
});

Deno.test("a large call that waits for the link when it is lost did not happen", async () => {
  const { agent, connection } = await FakeAgent.connect({ rate: SLOW });
  const calls = [1, 2].map(() => connection.call(1, batchOf(20 * KIB)).catch(({ name }) => name));
  await turn();
  agent.end();
  assert.deepEqual(await Promise.all(calls), ["UnknownOutcomeError", "HostLostError"]);
});

Deno.test("a window that shrinks is never filled by what was taken and not reported", async () => {
  const { agent, connection } = await FakeAgent.connect({ rate: 1e6 });
  await turn();
  assert.ok(2 * agent.report < 16 * KIB);
  await connection.close();
});

Deno.test("streams take turns on a slow link, piece by piece", async () => {
  const { agent, connection } = await FakeAgent.connect({ rate: SLOW });
  const writers = [connection.openWriter(), connection.openWriter()];
  for (const { number } of writers) agent.credit(number, 256 * KIB);
  const writing = writers.map((writer) => writer.write(new Uint8Array(32 * KIB)));
  const order: number[] = [];
  while (order.length < 4) {
    const { id, body } = await agent.take(FRAME.WRITE);
    assert.equal(body.length, 16 * KIB);
    order.push(id);
    agent.receivedSoFar();
  }
  const [a, b] = writers.map(({ number }) => number);
  assert.deepEqual(order, [a, b, a, b]);
  await Promise.all(writing);
});

Deno.test("the window follows what came, and no bulk is counted that is none", async () => {
  const { agent, connection } = await FakeAgent.connect({ rate: SLOW });
  const reader = connection.openReader();
  const call = connection.call(1, batchOf());
  agent.reply(await agent.take(FRAME.CALL), [1]);
  await call;
  assert.equal(agent.window, 16 * KIB);
  agent.data(reader.number, new Uint8Array(2 * KIB));
  await turn();
  assert.equal(agent.window, 16 * KIB);
  agent.data(reader.number, new Uint8Array(2 * KIB));
  await turn();
  assert.equal(agent.window, 20 * KIB);
});

Deno.test("an agent that sends more than the window is lost, unless it is a reply's end", async () => {
  const { agent, connection } = await FakeAgent.connect({ rate: SLOW });
  const reader = connection.openReader();
  const batch = new BatchEncoder();
  batch.output(batch.space(64 * KIB), 64 * KIB, batch.call(0, []));
  const call = connection.call(1, batch);
  agent.reply(await agent.take(FRAME.CALL), [64 * KIB], new Uint8Array(64 * KIB));
  await call;
  assert.equal(connection.lost, undefined);
  agent.data(reader.number, new Uint8Array(16 * KIB));
  assert.equal(connection.lost, undefined);
  agent.data(reader.number, new Uint8Array(16 * KIB + 1));
  assert.match((await connection.ended).message, /sent more data than it may/);
});

Deno.test("an agent that says it took more than was sent is lost", async () => {
  const { agent, connection } = await FakeAgent.connect({ rate: SLOW });
  await turn();
  agent.receivedSoFar(agent.taken + 1);
  assert.match((await connection.ended).message, /says that it took/);
});

Deno.test("both sides say that they are there, and a silent agent is given up", async () => {
  const { agent, connection } = await FakeAgent.connect({ silence: 400 });
  const call = connection.call(1, batchOf()).catch((error) => error);
  await until(() => agent.alive.length >= 3);
  assert.deepEqual(new Set(agent.alive), new Set([400]));
  const lost = await connection.ended;
  assert.match(lost.message, /^Host fake was lost: it was silent for 0\.[4-9] s$/);
  assert.ok(agent.killed && agent.closed);
  assert.equal((await call).cause, lost);
});

Deno.test("any byte of the agent is a sign of life", async () => {
  const { agent, connection } = await FakeAgent.connect({ silence: 400 });
  const begin = performance.now();
  const timer = setInterval(() => agent.life(), 20);
  await until(() => performance.now() - begin > 1200);
  assert.equal(connection.lost, undefined);
  clearInterval(timer);
  await connection.ended;
});

Deno.test("a program that was blocked does not take a healthy host for dead", async () => {
  const { agent, connection } = await FakeAgent.connect({ silence: 400 });
  await turn();
  // The agent has spoken meanwhile; the program reads it in the turn after next.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
  await turn();
  await turn();
  agent.life();
  assert.equal(connection.lost, undefined);
  await connection.close();
});

Deno.test("signs of life do not pile up where nothing is passed on", async () => {
  const { agent, connection } = await FakeAgent.connect({ rate: undefined, silence: 400 });
  await turn();
  const passing = Promise.withResolvers<void>();
  agent.passing = passing.promise;
  const calls = [1, 2].map((thread) =>
    connection.call(thread, batchOf(WIRE.MAX_BODY)).catch(() => {})
  );
  await turn();
  const { taken } = agent;
  const timer = setInterval(() => agent.life(), 20);
  const begin = performance.now();
  await until(() => performance.now() - begin > 600);
  assert.equal(agent.taken, taken);
  passing.resolve();
  const said = agent.alive.length;
  await until(() => agent.taken > taken);
  assert.equal(agent.alive.length, said + 1);
  clearInterval(timer);
  agent.end();
  await Promise.all(calls);
});
