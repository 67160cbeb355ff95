/** Calls on a connection: their order, limits, ends. */
import assert from "node:assert/strict";
import { BatchEncoder, FRAME, REPLY, WIRE } from "../wire/mod.ts";
import { HostLostError, UnknownOutcomeError } from "./errors.ts";
import { FakeAgent, replyFrame, turn } from "./fake_agent.ts";
import { batchOf, outcome } from "./test_calls.ts";

const EINTR = 4;

Deno.test("call() takes answers in any order", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const calls = [1, 2, 3].map(() => connection.call(1, batchOf()));
  const frames = [];
  for (const _ of calls) frames.push(await agent.take(FRAME.CALL));
  for (const index of [2, 0, 1]) agent.reply(frames[index]!, [100 + index]);
  const replies = await Promise.all(calls);
  assert.deepEqual(replies.map((reply) => reply.result(0)), [100, 101, 102]);
});

Deno.test("call() joins what is sent in one turn into one write", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const { writes } = agent;
  for (let i = 0; i < 10; i++) void connection.call(1, batchOf()).catch(() => {});
  await turn();
  assert.equal(agent.received.length, 10);
  assert.equal(agent.writes, writes + 1);
  await connection.close();
});

Deno.test("call() in flight when the host is lost is unknown, and one not sent is lost", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const calls = Array.from(
    { length: WIRE.MAX_QUEUE + 2 },
    () => outcome(connection.call(1, batchOf())),
  );
  const signal = outcome(connection.signal(1, 0, false));
  await turn();
  agent.end();
  const outcomes = await Promise.all(calls);
  assert.deepEqual(new Set(outcomes.slice(0, WIRE.MAX_QUEUE)), new Set(["UnknownOutcomeError"]));
  assert.deepEqual(outcomes.slice(WIRE.MAX_QUEUE), ["HostLostError", "HostLostError"]);
  assert.equal(await signal, "UnknownOutcomeError");
  assert.equal(agent.received.length, WIRE.MAX_QUEUE + 1);
});

Deno.test("an unknown outcome names the host and keeps why it was lost", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const call = connection.call(1, batchOf());
  const cause = new Error("connection reset");
  await turn();
  agent.end(cause);
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof UnknownOutcomeError);
    assert.equal(error.host, "fake");
    assert.ok(error.cause instanceof HostLostError);
    assert.equal(error.cause.cause, cause);
    return true;
  });
});

Deno.test("call() keeps to the agent's limit of unanswered frames", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const calls = Array.from({ length: 200 }, () => connection.call(1, batchOf()));
  const done = Promise.all(calls);
  for (let i = 0; i < 200; i++) agent.reply(await agent.take(FRAME.CALL), [i]);
  const results = (await done).map((reply) => reply.result(0));
  assert.deepEqual(results, Array.from({ length: 200 }, (_, index) => index));
  assert.equal(agent.queues.peak.frames, WIRE.MAX_QUEUE);
});

Deno.test("call() keeps to the agent's limit of unanswered bytes, in order", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const sizes = [600_000, 500_000, 0, 1_000_000, 100, WIRE.MAX_WINDOW - 96, 8];
  const done = Promise.all(sizes.map((size) => connection.call(1, batchOf(size))));
  for (const [index, size] of sizes.entries()) {
    const call = await agent.take(FRAME.CALL);
    assert.ok(call.body.length >= size, "in order");
    agent.reply(call, [index]);
  }
  await done;
  assert.equal(agent.queues.peak.bytes, WIRE.MAX_WINDOW);
});

Deno.test("the limits of one thread hold up no other", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const large = connection.call(1, batchOf(1_000_000));
  const waiting = connection.call(1, batchOf(1_000_000));
  const other = connection.call(2, batchOf());
  agent.reply(await agent.take(FRAME.CALL), [2]);
  assert.equal((await other).result(0), 2);
  const first = await agent.take(FRAME.CALL);
  await agent.takeNothing();
  agent.reply(first, [0]);
  agent.reply(await agent.take(FRAME.CALL), [1]);
  await Promise.all([large, waiting]);
});

Deno.test("call() with an aborted signal sends nothing", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const call = connection.call(1, batchOf(), AbortSignal.abort("stop"));
  assert.equal(await call.catch((reason) => reason), "stop");
  await agent.takeNothing();
});

Deno.test("call() withdraws what was not sent when its signal is aborted", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const stop = new AbortController();
  const first = connection.call(1, batchOf(600_000));
  const large = connection.call(1, batchOf(600_000), stop.signal);
  const small = connection.call(1, batchOf());
  const frame = await agent.take(FRAME.CALL);
  await agent.takeNothing();
  stop.abort("stop");
  assert.equal(await large.catch((reason) => reason), "stop");
  // What waited behind it has room now.
  agent.reply(await agent.take(FRAME.CALL), [2]);
  assert.equal((await small).result(0), 2);
  agent.reply(frame, [1]);
  await first;
  await agent.takeNothing();
});

Deno.test("call() interrupts what was sent, and its reply stands", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const stop = new AbortController();
  const call = connection.call(1, batchOf(), stop.signal);
  const frame = await agent.take(FRAME.CALL);
  stop.abort("stop");
  const interrupt = await agent.take(FRAME.INTERRUPT);
  assert.deepEqual([interrupt.id, interrupt.seq], [1, frame.seq]);
  agent.reply(frame, [-EINTR]);
  assert.equal((await call).result(0), -EINTR);
});

Deno.test("call() does not interrupt what was answered", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const stop = new AbortController();
  const call = connection.call(1, batchOf(), stop.signal);
  agent.reply(await agent.take(FRAME.CALL), [7]);
  stop.abort("stop");
  assert.equal((await call).result(0), 7);
  await agent.takeNothing();
});

Deno.test("call() that breaks a rule of the protocol fails alone", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const [refused, other] = [connection.call(1, batchOf()), connection.call(1, batchOf())];
  const frames = [await agent.take(FRAME.CALL), await agent.take(FRAME.CALL)];
  const outputs = new TextEncoder().encode("call of an unknown number");
  agent.send(replyFrame(frames[0]!, [], { status: REPLY.REFUSED, outputs }));
  agent.reply(frames[1]!, [7]);
  await assert.rejects(refused, {
    name: "LocalProtocolError",
    message: /call of an unknown number/,
  });
  assert.equal((await other).result(0), 7);
});

Deno.test("call() of more than a window goes when it is the thread's only one", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const small = connection.call(1, batchOf());
  const large = connection.call(1, batchOf(3 * WIRE.MAX_WINDOW));
  agent.reply(await agent.take(FRAME.CALL), [1]);
  agent.reply(await agent.take(FRAME.CALL), [2]);
  assert.deepEqual((await Promise.all([small, large])).map((reply) => reply.result(0)), [1, 2]);
});

Deno.test("room that is not sent counts in what a thread may have unanswered", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const calls = [0, 1].map((index) => {
    const batch = new BatchEncoder();
    batch.call(0, [3, batch.space(600_000), 600_000]);
    return connection.call(1, batch).then((reply) => assert.equal(reply.result(0), index));
  });
  const first = await agent.take(FRAME.CALL);
  assert.ok(first.body.length < 200);
  await agent.takeNothing();
  agent.reply(first, [0]);
  agent.reply(await agent.take(FRAME.CALL), [1]);
  await Promise.all(calls);
});
