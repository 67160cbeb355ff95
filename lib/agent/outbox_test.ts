import assert from "node:assert/strict";
import { Outbox, type Parcel } from "./outbox.ts";
import { Outflow } from "./outflow.ts";

const KIB = 1024;

/** An outbox over a link whose window is 16 KiB, and what it wrote. */
function slow() {
  const flow = new Outflow();
  flow.open(1);
  const writes: Uint8Array[] = [];
  const outbox = new Outbox((bytes) => void writes.push(bytes), flow);
  return {
    flow,
    outbox,
    written: () => writes.splice(0).flatMap((bytes) => [...bytes]).filter(Boolean),
  };
}

/** A large parcel whose first byte is its name. */
function bulk(name: number, keys: number[] = [], more: Partial<Parcel> = {}): Parcel {
  const bytes = new Uint8Array(20 * KIB);
  bytes[0] = name;
  return { pieces: [bytes], keys, bulk: true, ...more };
}

Deno.test("Outbox joins small chunks of one turn, and passes large ones through", async () => {
  const writes: Uint8Array[] = [];
  const outbox = new Outbox((bytes) => void writes.push(bytes), new Outflow());
  const large = new Uint8Array(100_000);
  outbox.send(Uint8Array.of(1));
  outbox.send(Uint8Array.of(2, 3));
  outbox.post({ pieces: [large], keys: [], bulk: false });
  outbox.send(Uint8Array.of(4));
  assert.equal(writes.length, 0);
  await Promise.resolve();
  assert.deepEqual(writes, [Uint8Array.of(1, 2, 3), large, Uint8Array.of(4)]);
  assert.equal(writes[1], large);
});

Deno.test("Outbox.flush() sends at once, and nothing twice", async () => {
  const writes: Uint8Array[] = [];
  const outbox = new Outbox((bytes) => void writes.push(bytes), new Outflow());
  outbox.send(Uint8Array.of(1));
  outbox.flush();
  assert.equal(writes.length, 1);
  outbox.send(Uint8Array.of(2));
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(writes, [Uint8Array.of(1), Uint8Array.of(2)]);
});

Deno.test("what nobody waits for goes with what is sent next, or when the turn ends", async () => {
  const writes: Uint8Array[] = [];
  const outbox = new Outbox((bytes) => void writes.push(bytes), new Outflow());
  const idle = (byte: number) =>
    outbox.post({ pieces: [Uint8Array.of(byte)], keys: [], bulk: false, idle: true });
  idle(1);
  await Promise.resolve();
  assert.deepEqual(writes, []);
  outbox.send(Uint8Array.of(2));
  await Promise.resolve();
  assert.deepEqual(writes, [Uint8Array.of(1, 2)]);
  idle(3);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(writes, [Uint8Array.of(1, 2), Uint8Array.of(3)]);
});

Deno.test("what is urgent goes ahead of bulk, which goes as far as the window allows", () => {
  const { flow, outbox, written } = slow();
  outbox.post(bulk(1));
  outbox.post(bulk(2));
  outbox.send(Uint8Array.of(3));
  outbox.flush();
  assert.deepEqual(written(), [3, 1]);
  assert.ok(outbox.isHeldUp);
  outbox.send(Uint8Array.of(4));
  outbox.flush();
  assert.deepEqual(written(), [4]);
  flow.received(20 * KIB, true, 0);
  outbox.flush();
  assert.deepEqual(written(), [2]);
  assert.equal(outbox.isHeldUp, false);
});

Deno.test("what has a key waits behind bulk of its key, and no other does", () => {
  const { flow, outbox, written } = slow();
  outbox.post(bulk(1));
  outbox.post(bulk(2, [7]));
  // As a CLONE: what follows for the new one waits as well.
  outbox.post({ pieces: [Uint8Array.of(3)], keys: [7, 8], bulk: false });
  outbox.send(Uint8Array.of(4), 8);
  outbox.send(Uint8Array.of(5), 9);
  outbox.flush();
  assert.deepEqual(written(), [5, 1]);
  flow.received(20 * KIB, true, 0);
  outbox.flush();
  assert.deepEqual(written(), [2]);
  flow.received(40 * KIB, true, 0);
  outbox.flush();
  assert.deepEqual(written(), [3, 4]);
  outbox.send(Uint8Array.of(6), 8);
  outbox.flush();
  assert.deepEqual(written(), [6]);
});

Deno.test("Outbox hands nothing down while the transport has enough", async () => {
  const passing = Promise.withResolvers<void>();
  const writes: number[] = [];
  const outbox = new Outbox((bytes) => {
    writes.push(bytes.length);
    return passing.promise;
  }, new Outflow());
  for (let i = 0; i < 3; i++) {
    outbox.post({ pieces: [new Uint8Array(200 * KIB)], keys: [], bulk: true });
  }
  outbox.flush();
  outbox.send(Uint8Array.of(1));
  outbox.flush();
  assert.deepEqual(writes, [200 * KIB, 200 * KIB]);
  passing.resolve();
  await passing.promise;
  await Promise.resolve();
  outbox.flush();
  assert.deepEqual(writes, [200 * KIB, 200 * KIB, 1, 200 * KIB]);
});

Deno.test("withdraw() takes back what was not sent, and drop() tells of the rest", () => {
  const { outbox, written } = slow();
  const told: string[] = [];
  const tell = (name: string) => ({
    onSent: () => told.push(`${name} sent`),
    onDropped: () => told.push(`${name} dropped`),
  });
  const [first, second, third] = [1, 2, 3].map((n) => bulk(n, [n], tell(`${n}`)));
  for (const parcel of [first!, second!, third!]) outbox.post(parcel);
  outbox.flush();
  assert.equal(outbox.withdraw(first!), false);
  assert.equal(outbox.withdraw(second!), true);
  outbox.send(Uint8Array.of(4), 2);
  outbox.drop();
  assert.deepEqual(told, ["1 sent", "3 dropped"]);
  outbox.flush();
  assert.deepEqual(written(), [1]);
});

Deno.test("Outbox.whenSent() waits for the bulk of its key, and for no other", async () => {
  const { outbox, flow, written } = slow();
  const sent: string[] = [];
  for (const name of [1, 2, 3]) outbox.post(bulk(name, [7]));
  outbox.whenSent(7, () => sent.push("seven"));
  outbox.whenSent(8, () => sent.push("eight"));
  outbox.flush();
  assert.deepEqual([written(), sent], [[1], ["eight"]]);
  for (const received of [1, 2]) {
    flow.received(received * 20 * KIB, true, 0);
    outbox.flush();
  }
  assert.deepEqual([written(), sent], [[2, 3], ["eight"]]);
  flow.received(60 * KIB, true, 0);
  outbox.flush();
  assert.deepEqual(sent, ["eight", "seven"]);
  outbox.whenSent(7, () => sent.push("again"));
  assert.equal(sent.at(-1), "again");
});
