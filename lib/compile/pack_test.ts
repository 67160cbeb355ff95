import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { inflateRawSync } from "node:zlib";
import { pack, writeExecutable } from "./pack.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const launcher = bytes("ELF here");

Deno.test("pack() lays out launcher, files by name, index, footer", () => {
  const content = bytes("again and again and again and again and again");
  const packed = pack(launcher, [
    { name: "b", content, executable: true, isRuntime: true },
    { name: "a", content: bytes("a"), hashAlways: true },
  ]).bytes;
  const view = new DataView(packed.buffer);
  const at = packed.length - 64;
  assert.equal(new TextDecoder().decode(packed.subarray(0, 8)), "ELF here");
  assert.equal(new TextDecoder().decode(packed.subarray(at, at + 8)), "BWPACK1\0");
  assert.equal(view.getUint32(at + 8, true), 2);
  assert.equal(view.getBigUint64(at + 24, true), BigInt(packed.length));
  const index = Number(view.getBigUint64(at + 16, true));
  const hash = createHash("sha256").update(packed.subarray(index, at)).digest();
  assert.deepEqual(packed.subarray(at + 32), new Uint8Array(hash));
  const flags = [view.getUint32(index + 56, true), view.getUint32(index + 128 + 56, true)];
  assert.deepEqual(flags, [4, 1 | 2 | 8]);
  const offset = Number(view.getBigUint64(index + 128, true));
  const stored = Number(view.getBigUint64(index + 136, true));
  assert.deepEqual(
    new Uint8Array(inflateRawSync(packed.subarray(offset, offset + stored))),
    content,
  );
});

Deno.test("pack() gives the same bytes whatever the order of the files", () => {
  const files = ["one", "two", "three"].map((name) => ({ name, content: bytes(name) }));
  assert.deepEqual(pack(launcher, files).bytes, pack(launcher, files.toReversed()).bytes);
});

Deno.test("pack() refuses names that could leave the directory", () => {
  for (const name of ["/a", "../a", "a/../b", "a//b", "", "a b", "x".repeat(64)]) {
    assert.throws(() => pack(launcher, [{ name, content: bytes("x") }]), RangeError, name);
  }
});

Deno.test("pack() refuses two files of one name, and an empty one", () => {
  const file = { name: "a", content: bytes("x") };
  assert.throws(() => pack(launcher, [file, file]), RangeError);
  assert.throws(() => pack(launcher, [{ name: "a", content: new Uint8Array() }]), RangeError);
});

Deno.test("writeExecutable() says what it cannot write, and leaves nothing beside it", async () => {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-pack-test-" });
  try {
    const path = `${directory}/program`;
    await Deno.mkdir(path);
    await assert.rejects(() => writeExecutable(path, launcher), (error: Error) => {
      assert.ok(error.message.startsWith(`Cannot write ${path}: `), error.message);
      assert.ok(error.cause instanceof Deno.errors.IsADirectory);
      return true;
    });
    assert.equal((await Array.fromAsync(Deno.readDir(directory))).length, 1);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
