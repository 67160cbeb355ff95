/** Whatever an agent sends, the connection goes on or ends, and every promise settles. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { BatchEncoder, encodeWords, FRAME, RemoteProtocolError } from "../wire/mod.ts";
import type { AgentConnection } from "./connection.ts";
import { HostLostError, UnknownOutcomeError } from "./errors.ts";
import { FakeAgent, replyFrame, turn } from "./fake_agent.ts";
import { READ_WINDOW } from "./byte_reader.ts";
import { concat } from "./concat.ts";

function getpid(): BatchEncoder {
  const batch = new BatchEncoder();
  batch.call(39, []);
  return batch;
}

/** The agent sends this while a call is in flight: the connection is lost with a protocol error. */
async function expectProtocolError(
  what: string,
  misbehave: (agent: FakeAgent, connection: AgentConnection) => void | Promise<void>,
): Promise<void> {
  const { agent, connection } = await FakeAgent.connect();
  const call = connection.call(1, getpid()).catch((error) => error);
  await turn();
  await misbehave(agent, connection);
  const lost = await connection.ended;
  assert.ok(lost instanceof HostLostError, what);
  assert.ok(lost.cause instanceof RemoteProtocolError, `${what}: ${lost.cause}`);
  assert.match(lost.message, /^Host fake was lost: The agent /);
  assert.ok(await call instanceof UnknownOutcomeError, what);
  assert.ok(agent.closed, what);
}

const MISBEHAVIOUR: Readonly<
  Record<string, (agent: FakeAgent, connection: AgentConnection) => void | Promise<void>>
> = {
  "garbage": (agent) => agent.send(new Uint8Array(16).fill(0xee)),
  "a second hello": (agent) => agent.hello(),
  "an answer to nothing": (agent) => {
    agent.send(replyFrame({ ...agent.received[0]!, seq: 99 }, [1]));
  },
  "an answer of another type": (agent) => agent.result(agent.received[0]!, 0),
  "two answers": async (agent, connection) => {
    const second = connection.call(1, getpid());
    second.catch(() => {});
    await turn();
    agent.reply(agent.received[1]!, [1]);
    await second;
    agent.send(replyFrame(agent.received[1]!, [1]));
  },
  "a reply that does not fit its batch": (agent) => agent.reply(agent.received[0]!, [1, 2, 3]),
  "an event of a thread that is not there": (agent) => agent.ended(7, 0),
  "the end of a stream that is not open": (agent) => agent.endStream(3),
  "an unknown event": (agent) => agent.ended(1, 0, 77),
  "more bytes than were granted": (agent, connection) => {
    const { number } = connection.openReader();
    const mebibyte = new Uint8Array(READ_WINDOW);
    agent.data(number, mebibyte);
    agent.data(number, mebibyte.subarray(0, 1));
  },
};

for (const [what, misbehave] of Object.entries(MISBEHAVIOUR)) {
  Deno.test(`an agent that sends ${what} is lost with a protocol error`, () =>
    expectProtocolError(what, misbehave));
}

Deno.test("what comes after the end, or for streams that are closed here, is dropped", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const reader = connection.openReader();
  reader.close();
  for (let i = 0; i < 4; i++) agent.data(reader.number, new Uint8Array(READ_WINDOW));
  agent.send(encodeWords(FRAME.CREDIT, reader.number, 0, [5]));
  agent.endStream(reader.number);
  assert.equal(connection.lost, undefined);
  agent.end();
  agent.ended(1, 0);
  agent.send(new Uint8Array(16).fill(0xee));
  assert.equal((await connection.ended).cause, undefined);
});

Deno.test("any bytes leave every promise of the program settled", async () => {
  const stray = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.record({
      type: fc.constantFrom(...Object.values(FRAME)),
      id: fc.nat(3),
      seq: fc.nat(4),
      words: fc.array(fc.nat(8), { maxLength: 4 }),
    }).map(({ type, id, seq, words }) => encodeWords(type, id, seq, words)),
  );
  await fc.assert(fc.asyncProperty(fc.array(stray, { maxLength: 6 }), async (parts) => {
    const { agent, connection } = await FakeAgent.connect();
    const asked = [
      connection.call(1, getpid()),
      connection.clone(1, 0, 7n, (number) => {
        connection.onChild(number, { notify() {}, lose() {} });
      }).made,
      connection.signal(1, 0, false),
      connection.openReader().read(),
      connection.openWriter().write(Uint8Array.of(1)),
    ].map((promise) => Promise.allSettled([promise]));
    await turn();
    agent.send(concat([new Uint8Array(0), ...parts]));
    agent.end();
    await Promise.all(asked);
    assert.ok(await connection.ended instanceof HostLostError);
  }));
});
