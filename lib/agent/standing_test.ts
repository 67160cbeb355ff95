import assert from "node:assert/strict";
import { type ChildEvent, FRAME, STANDS } from "../wire/mod.ts";
import type { AgentConnection, AgentConnectionOptions } from "./connection.ts";
import { OccupiedError, SupersededError } from "./errors.ts";
import { FakeAgent, turn } from "./fake_agent.ts";
import { Tenure } from "./tenure.ts";

const [EBUSY, ESTALE] = [-16, -116];

async function attach(
  stood: FakeAgent["stood"],
  options: Omit<AgentConnectionOptions, "buildOf"> = {},
) {
  const agent = new FakeAgent();
  agent.stood = stood;
  const connecting = agent.connected({ standing: "take-over", ...options });
  agent.hello();
  return { agent, ...await connecting };
}

const STOOD = [
  { thread: 2, state: STANDS.KEPT },
  { thread: 5, state: STANDS.ENDED },
];

function listen(connection: AgentConnection, thread: number): ChildEvent[] {
  const events: ChildEvent[] = [];
  connection.onChild(thread, { notify: (event) => events.push(event), lose() {} });
  return events;
}

Deno.test("a program is told what stands, and does not use those numbers for its own threads", async () => {
  const { agent, connection, stands } = await attach(STOOD);
  assert.deepEqual(stands.map(({ thread, state }) => [thread, state]), [[2, "kept"], [5, "ended"]]);
  const numbers = Array.from({ length: 3 }, () => {
    const { thread, made } = connection.clone(1, 0, 1n, () => {});
    made.catch(() => {});
    return thread;
  });
  assert.deepEqual(numbers, [3, 4, 6]);
  await turn();
  agent.received.length = 0;
  await connection.close();
});

Deno.test("the end of a process of an earlier program waits for who adopts it, and is acknowledged then", async () => {
  const { agent, connection } = await attach(STOOD);
  agent.ended(5, 3);
  await turn();
  assert.equal(agent.acknowledged, 0);
  const events = listen(connection, 5);
  assert.deepEqual(events.map(({ status }) => status), [3]);
  await turn();
  assert.equal(agent.acknowledged, 1);
  await connection.close();
});

Deno.test("what ended after an end that nobody knows yet is acknowledged with that", async () => {
  const { agent, connection } = await attach(STOOD);
  const events = listen(connection, 2);
  agent.ended(5, 3);
  agent.ended(2, 0);
  await turn();
  assert.equal(events.length, 1);
  assert.equal(agent.acknowledged, 0);
  listen(connection, 5);
  await turn();
  assert.equal(agent.acknowledged, 2);
  await connection.close();
});

Deno.test("a program of a lower generation, and one that is not to cut off another, are refused", async () => {
  for (const [errno, type] of [[ESTALE, SupersededError], [EBUSY, OccupiedError]] as const) {
    const refused = FakeAgent.connect({ standing: "if-vacant" }, errno);
    await assert.rejects(refused, type);
  }
});

Deno.test("a program that is to follow a certain one is refused where another has come since", async () => {
  const connecting = (after: bigint, tenure: Tenure) => {
    const agent = new FakeAgent();
    const connected = agent.connected({ standing: "take-over", after, tenure });
    agent.hello(undefined, 7);
    return connected;
  };
  const refused = connecting(6n, new Tenure());
  await assert.rejects(refused, /a program of generation 7 has come after 6/);
  await assert.rejects(refused, SupersededError);
  await (await connecting(7n, new Tenure())).connection.close();
  const own = new Tenure(() => 7);
  own.generation(0n);
  await (await connecting(6n, own)).connection.close();
});

Deno.test("a program that is cut off is told by whom", async () => {
  const { agent, connection } = await attach([]);
  const asked = connection.signal(2, 9, false);
  agent.fail("superseded by a program of generation 7");
  agent.end();
  await assert.rejects(asked);
  const lost = await connection.ended;
  assert.ok(lost instanceof SupersededError);
  assert.match(
    lost.message,
    /taken over: this program was superseded by a program of generation 7/,
  );
});

Deno.test("Tenure has one generation for all hosts, higher than any that the first has seen", () => {
  const tenure = new Tenure(() => 1000.5);
  assert.equal(tenure.generation(7n), 1000n);
  assert.equal(tenure.generation(5000n), 1000n);
  assert.equal(new Tenure(() => 1000).generation(5000n), 5001n);
});

Deno.test("output() says what was dropped before each chunk", async () => {
  const { agent, connection } = await attach(STOOD);
  const opening = connection.output(2);
  const asked = await agent.take(FRAME.OUTPUT);
  const stream = new DataView(asked.body.buffer, asked.body.byteOffset).getUint32(12, true);
  agent.result(asked, 1000);
  agent.dropped(stream, 20);
  agent.data(stream, new Uint8Array(3));
  agent.dropped(stream, 50);
  agent.data(stream, new Uint8Array(4));
  agent.data(stream, new Uint8Array(5));
  agent.endStream(stream);
  const reader = (await opening)!;
  const gaps: [number, bigint][] = [];
  for await (const chunk of reader) gaps.push([chunk.length, reader.droppedBefore(chunk)]);
  assert.deepEqual(gaps, [[3, 20n], [4, 50n], [5, 0n]]);
  await connection.close();
});

Deno.test("output() is nothing for a service of which none is kept", async () => {
  const { agent, connection } = await attach(STOOD);
  const opening = connection.output(2);
  agent.result(await agent.take(FRAME.OUTPUT), -2);
  assert.equal(await opening, undefined);
  await connection.close();
});
