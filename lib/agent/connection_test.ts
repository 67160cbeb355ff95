/** A connection: how it begins, what it tells, how it ends. */
import assert from "node:assert/strict";
import { FRAME } from "../wire/mod.ts";
import { FakeAgent, turn } from "./fake_agent.ts";
import { batchOf, clone, Events, outcome } from "./test_calls.ts";

const EBUSY = 16;

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
