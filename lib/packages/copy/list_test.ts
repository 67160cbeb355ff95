import assert from "node:assert/strict";
import { S } from "../../abi/mod.ts";
import type { Metadata } from "../../thread/mod.ts";
import type { Place } from "./at.ts";
import type { Entry } from "./entry.ts";
import { NotCopyableError } from "./errors.ts";
import { checkTree } from "./list.ts";
import { byteName, shown, toBytes } from "./names.ts";

const place = { shown: "/from", thread: { host: { name: "liar" } } } as unknown as Place;

function entry(path: string, mode: number): Entry {
  return { path, facts: { mode } as Metadata };
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

Deno.test("names are bytes, and printed so that nothing is hidden", () => {
  const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
  assert.deepEqual(toBytes(byteName(all)), all);
  assert.equal(shown(byteName("ünï")), "ünï");
  assert.equal(shown("a\xffb\n\x1b[0m"), "a\\xffb\\x0a\\x1b[0m");
});
