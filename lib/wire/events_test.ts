import assert from "node:assert/strict";
import fc from "fast-check";
import { RemoteProtocolError } from "./errors.ts";
import { decodeChanged, decodeEnded, decodeStands } from "./events.ts";
import { hex, int64s, join, words } from "./test_frames.ts";

/** The body of an ENDED, whose kind and cause are these. */
function ended(kind: number, cause: number): Uint8Array {
  return join(int64s(77, 2_500_000), words(kind, 9, cause, 3), int64s(2 ** 33, 7, 4096));
}

Deno.test("decodeEnded() reads each kind and cause", () => {
  (["exited", "killed", "dumped"] as const).forEach((kind, index) =>
    (["itself", "stopped", "forced"] as const).forEach((cause, number) =>
      assert.deepEqual(decodeEnded(ended(index + 1, number)), {
        kind,
        status: 9,
        instance: 77n,
        time: 2.5,
        cause,
        swept: 3,
        userTime: 2 ** 33,
        systemTime: 7,
        maxRss: 4096,
      })
    )
  );
});

Deno.test("decodeChanged() tells stopping from going on", () => {
  const seen = [words(1, 19), words(0, 18)].map(decodeChanged);
  assert.deepEqual(seen.map(({ kind, status }) => [kind, status]), [["stopped", 19], [
    "continued",
    18,
  ]]);
});

Deno.test("decodeStands() reads what an agent has", () => {
  const body = join(int64s(77, 2_500_000), words(4711, 2), hex("0a0b"));
  assert.deepEqual(decodeStands(5, body), {
    thread: 5,
    instance: 77n,
    started: 2.5,
    pid: 4711,
    state: "service",
    name: "",
    note: hex("0a0b"),
  });
});

Deno.test("decodeStands() reads what a standing host keeps and holds", () => {
  assert.equal(decodeStands(5, join(int64s(77, 1), words(4711, 4))).state, "kept");
  const held = join(int64s(0, 1), words(0, 5));
  const { state, name, note } = decodeStands(0, join(held, hex("77 65 62 00 0a 00")));
  assert.deepEqual([state, name, note], ["held", "web", hex("0a00")]);
  for (const nameless of [held, join(held, hex("00")), join(held, hex("77 65"))]) {
    assert.throws(() => decodeStands(0, nameless), RemoteProtocolError);
  }
});

Deno.test("values without a meaning throw RemoteProtocolError", () => {
  for (const [kind, cause] of [[0, 0], [4, 0], [2 ** 32 - 1, 0], [1, 3]] as const) {
    assert.throws(() => decodeEnded(ended(kind, cause)), RemoteProtocolError);
  }
  assert.throws(() => decodeChanged(words(2, 19)), RemoteProtocolError);
  assert.throws(() => decodeStands(5, join(int64s(1, 2), words(3, 6))), RemoteProtocolError);
});

Deno.test("any bytes of an event's length have a meaning, or throw RemoteProtocolError", () => {
  const decoders: readonly [number, (body: Uint8Array) => unknown][] = [
    [56, decodeEnded],
    [8, decodeChanged],
    [24, (body) => decodeStands(1, body)],
  ];
  for (const [length, decode] of decoders) {
    const bytes = fc.array(fc.constantFrom(0, 1, 2, 3, 255), {
      minLength: length,
      maxLength: length,
    });
    fc.assert(fc.property(bytes, (values) => {
      try {
        decode(Uint8Array.from(values));
      } catch (error) {
        assert.ok(error instanceof RemoteProtocolError, `${error}`);
      }
    }));
  }
});
