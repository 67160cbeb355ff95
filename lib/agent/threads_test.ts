/** Threads of a connection: their numbers, clones, events. */
import assert from "node:assert/strict";
import { END, FRAME, REPLY, WIRE } from "../wire/mod.ts";
import { SyscallError } from "./errors.ts";
import { childOf, FakeAgent, replyFrame, turn } from "./fake_agent.ts";
import { batchOf, clone, outcome } from "./test_calls.ts";

const EAGAIN = 11;
const ESRCH = 3;

Deno.test("clone() lets the new thread's number be used before the clone is made", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const { thread, made } = clone(connection);
  const call = connection.call(thread, batchOf());
  const frame = await agent.take(FRAME.CLONE);
  assert.equal(childOf(frame), thread);
  const inside = await agent.take(FRAME.CALL);
  assert.equal(inside.id, thread);
  agent.cloned(frame, 4711);
  agent.reply(inside, [1]);
  agent.ended(thread, 3);
  const events = await made;
  assert.equal(events.pid, 4711);
  assert.equal((await call).result(0), 1);
  assert.deepEqual(events.seen, ["exited 3"]);
});

Deno.test("calls of a new thread wait until its clone was sent", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const busy = Array.from({ length: WIRE.MAX_QUEUE }, () => connection.call(1, batchOf()));
  const { thread, made } = clone(connection);
  const call = connection.call(thread, batchOf());
  await turn();
  const frames = agent.received.splice(0);
  assert.deepEqual(new Set(frames.map(({ type, id }) => `${type} ${id}`)), new Set(["17 1"]));
  for (const frame of frames) agent.reply(frame, [0]);
  agent.cloned(await agent.take(FRAME.CLONE), 4711);
  agent.reply(await agent.take(FRAME.CALL), [4711]);
  assert.equal((await made).pid, 4711);
  assert.equal((await call).result(0), 4711);
  await Promise.all(busy);
});

Deno.test("calls of a thread whose clone was never sent are lost, not unknown", async () => {
  const { agent, connection } = await FakeAgent.connect();
  for (let i = 0; i < WIRE.MAX_QUEUE; i++) void outcome(connection.call(1, batchOf()));
  const { thread, made } = clone(connection);
  const outcomes = Promise.all([outcome(made), outcome(connection.call(thread, batchOf()))]);
  agent.end();
  assert.deepEqual(await outcomes, ["HostLostError", "HostLostError"]);
});

Deno.test("clone() throws SyscallError when the kernel refuses", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const { thread, made } = clone(connection);
  const call = connection.call(thread, batchOf());
  agent.cloned(await agent.take(FRAME.CLONE), -EAGAIN);
  agent.send(replyFrame(await agent.take(FRAME.CALL), [], { status: REPLY.NO_THREAD }));
  await assert.rejects(made, (error) => error instanceof SyscallError && error.code === "EAGAIN");
  assert.equal((await call).status, REPLY.NO_THREAD);
});

Deno.test("the numbers of threads are used again after they ended, and not before", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const first = clone(connection);
  agent.cloned(await agent.take(FRAME.CLONE), 100);
  await first.made;
  agent.changed(first.thread, 19, true);
  const second = clone(connection);
  assert.notEqual(second.thread, first.thread);
  agent.cloned(await agent.take(FRAME.CLONE), 101);
  agent.ended(first.thread, 9, END.KILLED);
  assert.notEqual(clone(connection).thread, first.thread);
  agent.cloned(await agent.take(FRAME.CLONE), 102);
  assert.equal(agent.acknowledged, 1);
  assert.equal(clone(connection).thread, first.thread);
  agent.cloned(await agent.take(FRAME.CLONE), -EAGAIN);
  assert.equal(clone(connection).thread, first.thread);
  await connection.close();
});

Deno.test("the number of a thread is not used again while calls for it wait to be sent", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const { thread } = clone(connection);
  agent.cloned(await agent.take(FRAME.CLONE), 100);
  const calls = [1, 2, 3].map(() => connection.call(thread, batchOf(WIRE.MAX_WINDOW)));
  const refuse = async () => {
    const call = await agent.take(FRAME.CALL);
    agent.queues.answered(call);
    agent.send(replyFrame(call, [], { status: REPLY.NO_THREAD }));
  };
  await refuse();
  agent.ended(thread, 9, END.KILLED);
  await turn();
  assert.equal(agent.acknowledged, 1);
  assert.notEqual(clone(connection).thread, thread);
  await refuse();
  agent.cloned(await agent.take(FRAME.CLONE), 101);
  await refuse();
  await Promise.all(calls);
  assert.equal(clone(connection).thread, thread);
  await connection.close();
});

Deno.test("onChild() is told each event until the end, or that the host was lost", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const ended = clone(connection);
  const running = clone(connection);
  for (const pid of [100, 101]) agent.cloned(await agent.take(FRAME.CLONE), pid);
  agent.changed(ended.thread, 19, true);
  agent.changed(ended.thread, 18, false);
  agent.ended(ended.thread, 11, END.DUMPED);
  agent.end();
  assert.deepEqual((await ended.made).seen, ["stopped 19", "continued 18", "dumped 11"]);
  assert.deepEqual((await running.made).seen, ["HostLostError"]);
});

Deno.test("signal() sends number and group, and throws what the kernel says", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const sent = connection.signal(5, 15, true);
  const frame = await agent.take(FRAME.SIGNAL);
  assert.deepEqual([...frame.body], [15, 0, 0, 0, 1, 0, 0, 0]);
  agent.result(frame, 0);
  await sent;
  const refused = connection.signal(5, 15, false);
  agent.result(await agent.take(FRAME.SIGNAL), -ESRCH);
  await assert.rejects(refused, { name: "SyscallError", code: "ESRCH" });
});

Deno.test("note() follows the clone of its thread", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const { thread } = clone(connection);
  connection.note(thread, Uint8Array.of(1, 2));
  await agent.take(FRAME.CLONE);
  assert.deepEqual((await agent.take(FRAME.NOTE)).body, Uint8Array.of(1, 2));
});
