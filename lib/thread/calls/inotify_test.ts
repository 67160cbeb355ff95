import assert from "node:assert/strict";
import fc from "fast-check";
import { RemoteProtocolError } from "../../wire/mod.ts";
import { decodeInotify } from "./inotify.ts";

/** A `struct inotify_event`; its name is padded by NULs, as the kernel does. */
function event(wd: number, mask: number, cookie: number, name: string, room: number): number[] {
  const bytes = new Uint8Array(16 + room);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, wd, true);
  [mask, cookie, room].forEach((word, index) => view.setUint32(4 + index * 4, word, true));
  new TextEncoder().encodeInto(name, bytes.subarray(16));
  return [...bytes];
}

const good = Uint8Array.from([event(1, 0x100, 0, "a file", 16), event(2, 0x8000, 7, "", 0)].flat());

Deno.test("decodeInotify() reads events, with and without a name", () => {
  assert.deepEqual(decodeInotify(good), [
    { watch: 1, mask: 0x100, cookie: 0, name: "a file" },
    { watch: 2, mask: 0x8000, cookie: 7, name: undefined },
  ]);
  assert.deepEqual(decodeInotify(new Uint8Array(0)), []);
  const full = Uint8Array.from(event(1, 2, 3, "12345678", 8));
  assert.deepEqual(decodeInotify(full).map(({ name }) => name), ["12345678"]);
});

Deno.test("decodeInotify() gives any bytes a meaning, or throws RemoteProtocolError", () => {
  const change = fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) });
  fc.assert(fc.property(fc.array(change, { maxLength: 3 }), fc.nat(60), (changes, cut) => {
    const bytes = good.slice();
    for (const { at, value } of changes) bytes[at] = value;
    try {
      decodeInotify(bytes.subarray(0, cut));
    } catch (error) {
      assert.ok(error instanceof RemoteProtocolError, `${error}`);
    }
  }));
});
