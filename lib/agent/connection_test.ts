import assert from "node:assert/strict";
import { BatchEncoder, END, FRAME, REPLY, WIRE } from "../wire/mod.ts";
import type { AgentConnection } from "./connection.ts";
import { HostLostError, SyscallError, UnknownOutcomeError } from "./errors.ts";
import { childOf, FakeAgent, replyFrame, turn } from "./fake_agent.ts";
import type { ChildHandler } from "./threads.ts";

const GETPID = 39;
const EINTR = 4;
const EAGAIN = 11;
const EBUSY = 16;
const ESRCH = 3;

/** A batch of one call, with room in it. */
function batchOf(room = 0): BatchEncoder {
  const batch = new BatchEncoder();
  batch.call(GETPID, []);
  if (room > 0) batch.room(room);
  return batch;
}

/** Keeps what a thread's handler was told. */
class Events implements ChildHandler {
  readonly seen: string[] = [];

  constructor(readonly pid = 0) {}

  notify({ kind, status }: { kind: string; status: number }): void {
    this.seen.push(`${kind} ${status}`);
  }

  lose(reason: Error): void {
    this.seen.push(reason.name);
  }
}

/** Clones, and registers what the new thread's events are told to. */
function clone(connection: AgentConnection) {
  const { thread, made } = connection.clone(1, 0, 7n, (number, pid) => {
    const events = new Events(pid);
    connection.onChild(number, events);
    return events;
  });
  made.catch(() => {});
  return { thread, made };
}

/** The outcome of a promise, by the name of its error if it failed. */
async function outcome(promise: Promise<unknown>): Promise<string> {
  return await promise.then(() => "fulfilled", (error) => error.name);
}

Deno.test("connect() gives the hello and the connection", async () => {
  const agent = new FakeAgent();
  const connecting = agent.connected();
  agent.hello();
  const { connection, hello } = await connecting;
  assert.equal(hello.host.nodename, "fake");
  assert.deepEqual(hello.host.environment, { PATH: "/bin" });
  assert.equal(connection.lost, undefined);
});

Deno.test("connect() throws and closes the transport when the far side is no agent", async () => {
  const agent = new FakeAgent();
  const connecting = agent.connected();
  agent.send(new TextEncoder().encode("Welcome to db1, have a nice day"));
  await assert.rejects(connecting, { name: "RemoteProtocolError" });
  assert.ok(agent.closed);
});

Deno.test("connect() throws when the agent begins with anything but a hello", async () => {
  const agent = new FakeAgent();
  const connecting = agent.connected();
  agent.ended(1, 0);
  await assert.rejects(connecting, { name: "RemoteProtocolError", message: /hello/ });
});

Deno.test("connect() throws what the agent said when it failed to start", async () => {
  const agent = new FakeAgent();
  const connecting = agent.connected();
  agent.fail("cannot map memory for threads");
  agent.end();
  await assert.rejects(connecting, {
    name: "HostLostError",
    message: /Host fake was lost: .*cannot map memory for threads/,
  });
});

Deno.test("connect() throws HostLostError with the cause when the stream ends", async () => {
  const agent = new FakeAgent();
  const cause = new Error("connection reset");
  const connecting = agent.connected();
  agent.end(cause);
  await assert.rejects(connecting, { name: "HostLostError", message: /connection reset/, cause });
});

Deno.test("connect() throws the signal's reason and closes the transport", async () => {
  for (const signal of [AbortSignal.abort("now"), new AbortController().signal]) {
    const agent = new FakeAgent();
    const stop = new AbortController();
    const connecting = agent.connected({ signal: AbortSignal.any([signal, stop.signal]) });
    stop.abort("now");
    assert.equal(await connecting.catch((reason) => reason), "now");
    assert.ok(agent.closed);
  }
});

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

Deno.test("everything throws HostLostError once the host is lost", async () => {
  const { agent, connection } = await FakeAgent.connect();
  agent.fail("out of memory for messages");
  agent.end();
  const message = /Host fake was lost: .*out of memory for messages/;
  assert.match((await connection.ended).message, message);
  const expected = { name: "HostLostError", message };
  await assert.rejects(connection.call(1, batchOf()), expected);
  await assert.rejects(connection.signal(1, 9, false), expected);
  assert.throws(() => clone(connection), expected);
  assert.throws(() => connection.openReader(), expected);
  const events = new Events();
  connection.onChild(1, events);
  assert.deepEqual(events.seen, ["HostLostError"]);
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

Deno.test("close() fails what is in flight, and is done when the transport is", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const call = outcome(connection.call(1, batchOf()));
  await Promise.all([connection.close(), connection.close()]);
  assert.ok(agent.closed);
  assert.equal(agent.received.length, 1);
  assert.equal(await call, "UnknownOutcomeError");
  assert.equal((await connection.ended).message, "Host fake was closed");
});

Deno.test("connect() refuses an agent of another build, and names both", async () => {
  const agent = new FakeAgent();
  const connecting = agent.connected();
  agent.hello("0b".repeat(20));
  await assert.rejects(connecting, {
    name: "RemoteProtocolError",
    message: /host fake: its agent is build (0b){20}, and this program goes with build (fa){20}/,
  });
  assert.ok(agent.closed);
  assert.equal(agent.taken, 0);
});

Deno.test("connect() takes charge, and lets much come where nothing waits for the link", async () => {
  const { agent } = await FakeAgent.connect();
  await turn();
  assert.deepEqual([agent.window, agent.report, agent.alive], [Number.MAX_SAFE_INTEGER, 0, []]);
});

Deno.test("an agent that refuses to be taken charge of is lost, with the reason", async () => {
  const { agent, connection } = await FakeAgent.connect({}, -EBUSY);
  assert.match((await connection.ended).message, /Cannot take charge of the agent: .*\(EBUSY\)/);
  assert.ok(agent.closed);
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

Deno.test("ends of one turn are acknowledged together, once their handlers know", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const clones = [clone(connection), clone(connection)];
  for (const pid of [100, 101]) agent.cloned(await agent.take(FRAME.CLONE), pid);
  const all = await Promise.all(clones.map(({ made }) => made));
  await turn();
  const { writes } = agent;
  for (const { thread } of clones) agent.ended(thread, 0);
  assert.deepEqual(all.map(({ seen }) => seen), [["exited 0"], ["exited 0"]]);
  assert.equal(agent.acknowledged, 0);
  await turn();
  assert.deepEqual([agent.acknowledged, agent.writes], [2, writes + 1]);
});

Deno.test("stop() sends the levels, and settles when all have ended", async () => {
  const { agent, connection } = await FakeAgent.connect();
  let stopped = false;
  const levels = [[{ thread: 5, signal: 15, grace: 100 }], [{ thread: 6, signal: 15, grace: 5 }]];
  const stopping = connection.stop(levels).then(() => stopped = true);
  const stop = await agent.take(FRAME.STOP);
  assert.equal(stop.body.length, 32);
  await turn();
  assert.equal(stopped, false);
  agent.result(stop, 0);
  await stopping;
});

Deno.test("look() tells what stands", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const looking = connection.look();
  const look = await agent.take(FRAME.LOOK);
  agent.stands(look, 1);
  agent.stands(look, 4);
  agent.result(look, 0);
  assert.deepEqual((await looking).map(({ thread, state }) => [thread, state]), [
    [1, "service"],
    [4, "service"],
  ]);
});

Deno.test("note() follows the clone of its thread", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const { thread } = clone(connection);
  connection.note(thread, Uint8Array.of(1, 2));
  await agent.take(FRAME.CLONE);
  assert.deepEqual((await agent.take(FRAME.NOTE)).body, Uint8Array.of(1, 2));
});
