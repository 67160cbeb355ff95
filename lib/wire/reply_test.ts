import assert from "node:assert/strict";
import fc from "fast-check";
import { BlobRef } from "./arguments.ts";
import { REPLY } from "./constants.ts";
import { LocalProtocolError, RemoteProtocolError } from "./errors.ts";
import { Reply } from "./reply.ts";
import { hex, int64s, join, words } from "./test_frames.ts";

/** An output range as an encoder would return it. */
function range(length: number, limit?: number) {
  return { ref: new BlobRef(0), length, limit };
}

Deno.test("Reply has results and the output ranges, cut to their limits", () => {
  const outputs = [range(4), range(8, 0), range(8, 1), range(2, 0)];
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
  const output = range(8, 1);
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
    const reply = new Reply(join(words(1, status), int64s(0)), 3, [range(100)]);
    assert.equal(reply.status, status);
    assert.equal(reply.done, 1);
  }
});

Deno.test("Reply() throws when the body does not fit the batch", () => {
  const bodies = {
    "no header": words(1),
    "more results than calls": join(words(3, 0), int64s(1, 2, 3), hex("00000000")),
    "fewer results than it says": join(words(2, 0), int64s(1), hex("00000000")),
    "an unknown status": join(words(1, 5), int64s(1)),
    "results though it was refused": join(words(1, 4), int64s(1)),
    "a range that is missing": join(words(1, 0), int64s(1)),
    "a range that is short": join(words(1, 0), int64s(1), hex("000000")),
    "bytes after the end": join(words(1, 0), int64s(1), hex("0000000000")),
    "ranges though it executed": join(words(1, 1), int64s(1), hex("00000000")),
  };
  for (const [what, body] of Object.entries(bodies)) {
    assert.throws(() => new Reply(body, 2, [range(4)]), RemoteProtocolError, what);
  }
});

const limits = fc.option(fc.nat(3), { nil: undefined });
const ranges = fc.array(fc.record({ length: fc.nat(16), limit: limits }), { maxLength: 4 })
  .map((list) => list.map(({ length, limit }) => range(length, limit)));

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

Deno.test("Reply of a refused batch says why", () => {
  const body = join(words(0, REPLY.REFUSED), new TextEncoder().encode("patch outside the blob"));
  const error = new Reply(body, 3, [range(4)]).refusal("db1");
  assert.ok(error instanceof LocalProtocolError);
  assert.equal(
    error.message,
    "Host db1 refused a batch, and ran nothing of it: patch outside the blob",
  );
  assert.equal(new Reply(words(0, REPLY.RAN), 0, []).refusal("db1"), undefined);
});

Deno.test("Reply.output() refuses an output of another batch", () => {
  const reply = new Reply(words(0, REPLY.RAN), 0, []);
  assert.throws(() => reply.output(range(4)), LocalProtocolError);
});
