import assert from "node:assert/strict";
import fc from "fast-check";
import { BlobRef } from "./batch.ts";
import { REPLY, WIRE } from "./constants.ts";
import { RemoteProtocolError } from "./errors.ts";
import { decodeChildEvent, decodeHello, Reply } from "./reply.ts";
import { hex, int64s, join, words } from "./test_frames.ts";

const utf8 = new TextEncoder();

/** An output range as an encoder would return it. */
function range(index: number, length: number, limit?: number) {
  return { index, offset: new BlobRef(0).value, length, limit };
}

Deno.test("Reply has results and the output ranges, cut to their limits", () => {
  const outputs = [range(0, 4), range(1, 8, 0), range(2, 8, 1), range(3, 2, 0)];
  const body = join(words(2, REPLY.RAN), int64s(3, -2), hex("0a0b0c0d 010203 ffff"));
  const reply = new Reply(body, 2, outputs);
  assert.equal(reply.done, 2);
  assert.deepEqual([reply.result(0), reply.result(1)], [3, -2]);
  assert.deepEqual(
    outputs.map((output) => reply.output(output)),
    [hex("0a0b0c0d"), hex("010203"), hex(""), hex("ffff")],
  );
});

Deno.test("Reply has no bytes of a range whose limiting call was not run", () => {
  const output = range(0, 8, 1);
  const reply = new Reply(join(words(1, REPLY.RAN), int64s(-9)), 2, [output]);
  assert.deepEqual(reply.output(output), new Uint8Array(0));
});

Deno.test("Reply.result() keeps values beyond 32 bits", () => {
  const values = [2 ** 40 + 1, -(2 ** 40), -1, 2 ** 53 - 1];
  const reply = new Reply(join(words(4, REPLY.RAN), int64s(...values)), 4, []);
  assert.deepEqual(values.map((_, index) => reply.result(index)), values);
});

Deno.test("Reply of a thread that ended carries results, and no ranges", () => {
  for (const status of [REPLY.EXECUTED, REPLY.GONE, REPLY.NO_THREAD]) {
    const reply = new Reply(join(words(1, status), int64s(0)), 3, [range(0, 100)]);
    assert.equal(reply.status, status);
    assert.equal(reply.done, 1);
  }
});

Deno.test("Reply() throws when the body does not fit the batch", () => {
  const bodies = {
    "no header": words(1),
    "more results than calls": join(words(3, 0), int64s(1, 2, 3), hex("00000000")),
    "fewer results than it says": join(words(2, 0), int64s(1), hex("00000000")),
    "an unknown status": join(words(1, 4), int64s(1)),
    "a range that is missing": join(words(1, 0), int64s(1)),
    "a range that is short": join(words(1, 0), int64s(1), hex("000000")),
    "bytes after the end": join(words(1, 0), int64s(1), hex("0000000000")),
    "ranges though it executed": join(words(1, 1), int64s(1), hex("00000000")),
  };
  for (const [what, body] of Object.entries(bodies)) {
    assert.throws(() => new Reply(body, 2, [range(0, 4)]), RemoteProtocolError, what);
  }
});

const limits = fc.option(fc.nat(3), { nil: undefined });
const ranges = fc.array(fc.record({ length: fc.nat(16), limit: limits }), { maxLength: 4 })
  .map((list) => list.map(({ length, limit }, index) => range(index, length, limit)));

Deno.test("Reply() takes any bytes, or throws RemoteProtocolError, nothing else", () => {
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 96 }),
    fc.nat(4),
    fc.nat(4),
    ranges,
    (bytes, done, calls, outputs) => {
      const body = join(words(done, REPLY.RAN), bytes);
      try {
        const reply = new Reply(body, calls, outputs);
        const total = outputs.reduce((sum, output) => sum + reply.output(output).length, 0);
        assert.equal(8 + reply.done * 8 + total, body.length);
      } catch (error) {
        assert.ok(error instanceof RemoteProtocolError, `${error}`);
      }
    },
  ));
});

const STRINGS = ["6.1.0", "db1", "/tmp/bailiwick-0-1", "PATH=/bin\0EMPTY=\0A=b=c\0novalue\0=odd\0"];

/** The hello of an x86_64 agent, with some of its words changed. */
function hello(changes: Record<number, number> = {}, strings = STRINGS): Uint8Array {
  const lengths = strings.map((text) => utf8.encode(text).length);
  const head = [WIRE.MAGIC, 0x00010001, 4096, 100, 1000, 1001, 101, 1024, ...lengths];
  for (const [index, value] of Object.entries(changes)) head[Number(index)] = value;
  return join(words(...head), ...strings.map((text) => utf8.encode(text)));
}

Deno.test("decodeHello() reads what an agent says of its host", () => {
  assert.deepEqual(decodeHello(hello()), {
    arch: "x86_64",
    pageSize: 4096,
    pid: 100,
    uid: 1000,
    gid: 1001,
    threadPid: 101,
    slots: 1024,
    release: "6.1.0",
    nodename: "db1",
    temporary: "/tmp/bailiwick-0-1",
    environment: { PATH: "/bin", EMPTY: "", A: "b=c" },
  });
  assert.equal(decodeHello(hello({ 1: 0x00020001 })).arch, "aarch64");
});

Deno.test("decodeHello() reads a view that does not begin at its buffer's start", () => {
  assert.equal(decodeHello(join(hex("ff"), hello()).subarray(1)).nodename, "db1");
});

Deno.test("decodeHello() says what is wrong", () => {
  const cases: [Uint8Array, RegExp][] = [
    [hello().subarray(0, 47), /short hello/],
    [hello({ 0: 0x12345678 }), /not a Bailiwick agent/],
    [hello({ 1: 0x00010002 }), /speaks protocol version 2, this program 1/],
    [hello({ 1: 0x00030001 }), /unknown architecture/],
    [hello({ 1: 0x00000001 }), /unknown architecture/],
    [hello({ 8: 6 }), /do not add up/],
    [hello({ 11: 2 ** 32 - 1 }), /do not add up/],
    [hello().subarray(0, 60), /do not add up/],
  ];
  for (const [body, message] of cases) {
    assert.throws(() => decodeHello(body), { name: "RemoteProtocolError", message });
  }
});

Deno.test("decodeHello() gives any bytes a meaning, or throws RemoteProtocolError, nothing else", () => {
  const change = fc.record({ at: fc.nat(hello().length - 1), value: fc.nat(255) });
  fc.assert(fc.property(fc.array(change, { maxLength: 4 }), fc.nat(200), (changes, cut) => {
    const body = hello();
    for (const { at, value } of changes) body[at] = value;
    try {
      decodeHello(body.subarray(0, cut));
    } catch (error) {
      assert.ok(error instanceof RemoteProtocolError, `${error}`);
    }
  }));
});

Deno.test("decodeChildEvent() reads each kind", () => {
  const kinds = ["exited", "killed", "dumped", "stopped", "continued"] as const;
  kinds.forEach((kind, index) => {
    const body = join(words(index + 1, 9), int64s(2 ** 33, 7, 4096));
    const expected = { kind, status: 9, userTime: 2 ** 33, systemTime: 7, maxRss: 4096 };
    assert.deepEqual(decodeChildEvent(body), expected);
  });
});

Deno.test("decodeChildEvent() throws when the kind is unknown", () => {
  for (const kind of [0, 6, 2 ** 32 - 1]) {
    const body = join(words(kind, 0), int64s(0, 0, 0));
    assert.throws(() => decodeChildEvent(body), RemoteProtocolError);
  }
});
