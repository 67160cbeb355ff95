import assert from "node:assert/strict";
import { S } from "../../abi/mod.ts";
import { RemoteProtocolError } from "../../wire/mod.ts";
import type { Place } from "./at.ts";
import type { Entry } from "./entry.ts";
import { NotCopyableError } from "./errors.ts";
import { checkTree, decodeDirectory } from "./list.ts";
import { byteName, fromBytes, shown, toBytes } from "./names.ts";

const place = { shown: "/from", thread: { host: { name: "liar" } } } as unknown as Place;

function entry(path: string, mode: number): Entry {
  const mtime = { seconds: 0n, nanoseconds: 0 };
  return { path, facts: { mode, uid: 0, size: 0, allocated: 0, mtime } };
}

Deno.test("checkTree() takes nothing below what is a link by its own facts", () => {
  const root = entry("", S.IFDIR | 0o755);
  const file = entry("way/passwd", S.IFREG | 0o644);
  assert.equal(checkTree(place, [root, entry("way", S.IFDIR | 0o755), file]).length, 3);
  for (const mode of [S.IFLNK | 0o777, S.IFREG | 0o644]) {
    assert.throws(() => checkTree(place, [root, entry("way", mode), file]), (error: Error) => {
      assert.ok(error instanceof NotCopyableError);
      assert.match(
        error.message,
        /^Cannot copy \/from\/way\/passwd on host liar: \/from\/way is no/,
      );
      return true;
    });
  }
  assert.throws(() => checkTree(place, [root, file]), NotCopyableError);
});

Deno.test("decodeDirectory() refuses records that do not fit", () => {
  const record = new Uint8Array(24);
  const view = new DataView(record.buffer);
  record.set(toBytes("\xff"), 19);
  for (const length of [0, 19, 25, 0xffff]) {
    view.setUint16(16, length, true);
    assert.throws(() => decodeDirectory(record), RemoteProtocolError);
  }
  view.setUint16(16, 24, true);
  assert.deepEqual(decodeDirectory(record), [{ name: "\xff", type: 0 }]);
  record.fill(0x61, 19);
  assert.throws(() => decodeDirectory(record), RemoteProtocolError);
});

Deno.test("names are bytes, and printed so that nothing is hidden", () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assert.deepEqual(toBytes(fromBytes(all)), all);
  assert.equal(shown(byteName("ünï")), "ünï");
  assert.equal(shown("a\xffb\n\x1b[0m"), "a\\xffb\\x0a\\x1b[0m");
});
