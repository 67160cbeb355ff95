import assert from "node:assert/strict";
import { FRAME, type Frame, WIRE } from "../wire/mod.ts";
import { FakeAgent, turn } from "./fake_agent.ts";
import { READ_WINDOW } from "./byte_reader.ts";
import { concat } from "./concat.ts";

const EPIPE = 32;
const EIO = 5;

const text = (value: string) => new TextEncoder().encode(value);

/** Takes WRITE frames until the program sends no more. */
async function takeWrites(agent: FakeAgent): Promise<Uint8Array[]> {
  await turn();
  const bodies: Uint8Array[] = [];
  while (agent.received[0]?.type === FRAME.WRITE) bodies.push(agent.received.shift()!.body);
  return bodies;
}

function granted({ body }: Frame): number {
  return new DataView(body.buffer).getUint32(0, true);
}

Deno.test("ByteReader.read() gives chunks in order, and then the end", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const reader = connection.openReader();
  const first = reader.read();
  agent.data(reader.number, text("one"));
  agent.data(reader.number, text("two"));
  agent.endStream(reader.number);
  assert.deepEqual([await first, await reader.read()], [text("one"), text("two")]);
  assert.equal(await reader.read(), undefined);
  assert.equal(await reader.read(), undefined);
});

Deno.test("ByteReader is iterated, and read to its end", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const [some, all] = [connection.openReader(), connection.openReader()];
  for (const { number } of [some, all]) {
    for (const word of ["a", "bc", "def"]) agent.data(number, text(word));
    agent.endStream(number);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of some) chunks.push(chunk);
  assert.deepEqual(chunks, [text("a"), text("bc"), text("def")]);
  assert.deepEqual(await all.readAll(), text("abcdef"));
});

Deno.test("ByteReader.read() throws what ended the stream, after the bytes before it", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const reader = connection.openReader();
  agent.data(reader.number, text("last"));
  agent.endStream(reader.number, EIO);
  assert.deepEqual(await reader.read(), text("last"));
  await assert.rejects(reader.read(), { name: "SyscallError", syscall: "read", code: "EIO" });
});

Deno.test("ByteReader.read() throws HostLostError when the host is lost", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const reading = connection.openReader().read();
  agent.end();
  await assert.rejects(reading, { name: "HostLostError" });
});

Deno.test("ByteReader.read() throws the reason of its signal, and the bytes are not lost", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const reader = connection.openReader();
  const stop = new AbortController();
  const reading = reader.read({ signal: stop.signal });
  stop.abort("stop");
  assert.equal(await reading.catch((reason) => reason), "stop");
  assert.equal(await reader.read({ signal: stop.signal }).catch((reason) => reason), "stop");
  agent.data(reader.number, text("kept"));
  assert.deepEqual(await reader.read(), text("kept"));
});

Deno.test("ByteReader.read() refuses a second reader", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const reader = connection.openReader();
  const reading = reader.read();
  await assert.rejects(reader.read(), TypeError);
  agent.data(reader.number, text("mine"));
  assert.deepEqual(await reading, text("mine"));
});

Deno.test("ByteReader grants again what was read, once it is half the window", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const reader = connection.openReader();
  const quarter = new Uint8Array(READ_WINDOW / 4);
  for (let i = 0; i < 4; i++) agent.data(reader.number, quarter);
  await reader.read();
  await agent.takeNothing();
  await reader.read();
  const grant = await agent.take(FRAME.GRANT);
  assert.deepEqual([grant.id, granted(grant)], [reader.number, READ_WINDOW / 2]);
  // The two unread quarters and the half that was granted fill the window again.
  for (let i = 0; i < 2; i++) agent.data(reader.number, quarter);
  assert.equal(connection.lost, undefined);
});

Deno.test("ByteReader grants nothing to a stream that has ended", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const reader = connection.openReader();
  agent.data(reader.number, new Uint8Array(READ_WINDOW));
  agent.endStream(reader.number);
  await reader.read();
  await agent.takeNothing();
});

Deno.test("ByteReader.close() tells the agent once, and ends reading", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const reader = connection.openReader();
  const reading = reader.read();
  agent.data(reader.number, text("unread"));
  reader.close();
  reader.close();
  assert.equal(await reading, undefined);
  assert.equal((await agent.take(FRAME.CLOSE)).id, reader.number);
  agent.endStream(reader.number);
  reader.close();
  await agent.takeNothing();
});

Deno.test("ByteWriter.write() never exceeds the credit, and settles as it is spent", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const writer = connection.openWriter();
  const settled: string[] = [];
  const writes = ["abcdef", "", "ghi"].map((word) =>
    writer.write(text(word)).then(() => settled.push(word))
  );
  await agent.takeNothing();
  agent.credit(writer.number, 4);
  assert.deepEqual(await takeWrites(agent), [text("abcd")]);
  assert.deepEqual(settled, []);
  agent.credit(writer.number, 3);
  assert.deepEqual(await takeWrites(agent), [text("ef"), text("g")]);
  assert.deepEqual(settled, ["abcdef", ""]);
  agent.credit(writer.number, 100);
  assert.deepEqual(await takeWrites(agent), [text("hi")]);
  await Promise.all(writes);
});

Deno.test("ByteWriter.write() splits what is larger than a frame", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const writer = connection.openWriter();
  agent.credit(writer.number, 2 ** 31);
  const bytes = new Uint8Array(2.5 * WIRE.MAX_BODY).map((_, index) => index % 251);
  await writer.write(bytes);
  const writes = await takeWrites(agent);
  assert.deepEqual(writes.map(({ length }) => length / WIRE.MAX_BODY), [1, 1, 0.5]);
  assert.deepEqual(concat(writes), bytes);
});

Deno.test("ByteWriter.close() comes after everything written, and settles with the agent", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const writer = connection.openWriter();
  const written = writer.write(text("abc"));
  let closed = false;
  const closing = writer.close().then(() => closed = true);
  await assert.rejects(writer.write(text("late")), TypeError);
  await agent.takeNothing();
  agent.credit(writer.number, 3);
  await written;
  assert.deepEqual((await agent.take(FRAME.WRITE)).body, text("abc"));
  assert.equal((await agent.take(FRAME.CLOSE)).id, writer.number);
  assert.equal(closed, false);
  agent.endStream(writer.number);
  await closing;
  await writer.close();
  await agent.takeNothing();
});

Deno.test("ByteWriter.abort() drops what has no credit, and closes without what is pending", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const writer = connection.openWriter();
  const writing = writer.write(text("abc"));
  agent.credit(writer.number, 1);
  assert.deepEqual(await takeWrites(agent), [text("a")]);
  let aborted = false;
  const aborting = writer.abort().then(() => aborted = true);
  await assert.rejects(writing, TypeError);
  await agent.take(FRAME.CLOSE);
  await agent.take(FRAME.CLOSE);
  assert.equal(aborted, false);
  agent.endStream(writer.number);
  await aborting;
  await writer.abort();
  await agent.takeNothing();
});

Deno.test("ByteWriter.abort() hurries a close that waits for credit", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const writer = connection.openWriter();
  writer.write(text("abc")).catch(() => {});
  const closing = writer.close();
  await agent.takeNothing();
  const aborting = writer.abort();
  await agent.take(FRAME.CLOSE);
  await agent.take(FRAME.CLOSE);
  agent.endStream(writer.number);
  await Promise.all([closing, aborting]);
});

Deno.test("ByteWriter throws what the far side ended with, from every write and from close", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const writer = connection.openWriter();
  const writes = [writer.write(text("abc")), writer.write(text("def"))];
  const failures = Promise.allSettled(writes);
  agent.endStream(writer.number, EPIPE);
  const expected = { name: "SyscallError", syscall: "write", code: "EPIPE" };
  for (const write of writes) await assert.rejects(write, expected);
  await failures;
  await assert.rejects(writer.write(text("ghi")), expected);
  await assert.rejects(writer.close(), expected);
  await agent.takeNothing();
});

Deno.test("ByteWriter throws HostLostError when the host is lost", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const writer = connection.openWriter();
  const writing = writer.write(text("abc"));
  const closing = writer.close();
  agent.end();
  await assert.rejects(writing, { name: "HostLostError" });
  await assert.rejects(closing, { name: "HostLostError" });
});

Deno.test("the numbers of streams are used again after their end, and not before", async () => {
  const { agent, connection } = await FakeAgent.connect();
  const first = connection.openReader();
  first.close();
  assert.notEqual(connection.openReader().number, first.number);
  agent.endStream(first.number);
  assert.equal(connection.openWriter().number, first.number);
});

Deno.test("abandon() gives a stream's number back at once", async () => {
  const { connection } = await FakeAgent.connect();
  const stream = connection.openReader();
  connection.abandon(stream);
  assert.equal(await stream.read(), undefined);
  assert.equal(connection.openReader().number, stream.number);
  connection.abandon(stream);
  assert.notEqual(connection.openReader().number, stream.number);
});

Deno.test("ByteReader with any window grants in proportion to it, and never stalls", async () => {
  for (const window of [1, 2, 3, 1000, 64 * 1024, 4 << 20]) {
    const { agent, connection } = await FakeAgent.connect();
    const reader = connection.openReader(window);
    let credit = window;
    for (let sent = 0; sent < 4 * window;) {
      const bytes = new Uint8Array(Math.min(credit, Math.ceil(window / 3), WIRE.MAX_BODY));
      assert.ok(bytes.length > 0, `window ${window}: stalled after ${sent} bytes`);
      agent.data(reader.number, bytes);
      sent += bytes.length;
      credit -= bytes.length;
      await reader.read();
      await turn();
      for (const grant of agent.received.splice(0)) credit += granted(grant);
      assert.ok(credit <= window);
    }
    assert.equal(connection.lost, undefined);
  }
});

Deno.test("openReader() refuses a window that no stream can have", async () => {
  const { connection } = await FakeAgent.connect();
  for (const window of [0, -1, 0.5, NaN, 2 ** 31]) {
    assert.throws(() => connection.openReader(window), RangeError);
  }
});
