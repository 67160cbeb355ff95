import assert from "node:assert/strict";
import fc from "fast-check";
import { RemoteProtocolError, Reply, ResultRef } from "../wire/mod.ts";
import { fakeThread } from "./fake_host.ts";
import { decodeDirectory, Metadata } from "./metadata.ts";
import { STRUCT } from "../abi/mod.ts";
import { parents, Path } from "./path.ts";
import { type BatchReply, resolve, Result } from "./result.ts";

Deno.test("Path names what the kernel would, wherever links lead", async () => {
  const { thread } = await fakeThread();
  const path = thread.path("/srv//data/./link/../db/");
  assert.equal(`${path}`, "/srv/data/link/../db/");
  assert.equal(`${path.join("a", "../b", "", "/c.txt")}`, "/srv/data/link/../db/a/../b/c.txt");
  assert.equal(path.name, "db");
  assert.equal(path.join("x").host, thread.host);
  const parents = {
    "/srv/db": "/srv",
    "relative/x": "relative",
    "x": ".",
    "/x": "/",
    "/": "/",
    "a/link/..": "a/link/../..",
    "..": "../..",
    ".": "..",
    "a/.": ".",
    "a/b/": "a",
  };
  for (const [text, parent] of Object.entries(parents)) {
    assert.equal(`${thread.path(text).parent}`, parent, text);
  }
});

Deno.test("Path keeps bytes that are no UTF-8, and prints them escaped", async () => {
  const { thread } = await fakeThread();
  const odd = Uint8Array.of(0x61, 0xff, 0x62);
  const path = thread.path("/tmp").join(odd, "ü");
  assert.equal(`${path}`, String.raw`/tmp/a\xffb/\xc3\xbc`);
  assert.deepEqual([...path.bytes], [
    ...new TextEncoder().encode("/tmp/"),
    ...odd,
    0x2f,
    0xc3,
    0xbc,
  ]);
  assert.equal(`${path.parent.parent}`, "/tmp");
  assert.equal(path.parent.name, String.raw`a\xffb`);
  assert.equal(`${thread.path(new TextEncoder().encode("/ü"))}`, "/ü");
});

Deno.test("parents() are the directories that a path leads through, as it says", async () => {
  const { thread } = await fakeThread();
  const cases = { "/a/b/c": ["/a", "/a/b"], "a/b": ["a"], "/a/../b": ["/a", "/a/.."], "/a/": [] };
  for (const [text, above] of Object.entries(cases)) {
    assert.deepEqual(parents(thread.path(text)).map(String), above);
  }
  const [bytes] = parents(thread.path(Uint8Array.of(0xff, 0x2f, 0x62)));
  assert.deepEqual(bytes!.bytes, Uint8Array.of(0xff));
});

Deno.test("Path() throws for what can be no path", async () => {
  const { thread } = await fakeThread();
  for (const text of ["", "a\0b"]) assert.throws(() => new Path(thread.host, text), RangeError);
});

Deno.test("Path.checkHost() takes any thread of the host, and no other host", async () => {
  const [here, there] = [await fakeThread(), await fakeThread()];
  const path = here.thread.path("/x");
  path.checkHost(here.thread.host);
  assert.throws(() => path.checkHost(there.thread.host), {
    name: "TypeError",
    message: /\/x is a path on host fake and cannot be used on host fake/,
  });
  await assert.rejects(there.thread.stat(path), TypeError);
});

function replyOf(...results: number[]): BatchReply {
  const body = new Uint8Array(8 + results.length * 8);
  const view = new DataView(body.buffer);
  view.setUint32(0, results.length, true);
  results.forEach((result, index) => view.setBigInt64(8 + index * 8, BigInt(result), true));
  return Object.assign(new Reply(body, results.length, []), { discard() {} });
}

Deno.test("resolve() replaces results in arrays and plain objects, and nothing else", () => {
  const first = new Result(new ResultRef(0), (reply) => reply.result(0));
  const second = new Result(new ResultRef(1), (reply) => `${reply.result(1)}`);
  const date = new Date(0);
  class Holder {
    readonly first = first;
  }
  const holder = new Holder();
  const reply = replyOf(7, 8);
  assert.equal(resolve(first, reply), 7);
  assert.equal(resolve(undefined, reply), undefined);
  assert.deepEqual(resolve([first, "x", [second]], reply), [7, "x", ["8"]]);
  assert.deepEqual(resolve({ a: first, b: { c: second, d: null } }, reply), {
    a: 7,
    b: { c: "8", d: null },
  });
  const kept = resolve({ date, holder }, reply);
  assert.equal(kept.date, date);
  assert.equal(kept.holder, holder);
  assert.equal(holder.first, first);
});

Deno.test("Metadata reads struct statx", () => {
  const view = new DataView(new ArrayBuffer(STRUCT.statx.SIZE));
  view.setUint32(16, 2, true);
  view.setUint32(20, 1000, true);
  view.setUint32(24, 1001, true);
  view.setUint16(28, 0o100644, true);
  view.setBigUint64(32, 2n ** 63n + 1n, true);
  view.setBigUint64(40, 5_000_000_000n, true);
  view.setBigUint64(48, 9n, true);
  view.setBigInt64(64, 1_714_979_289n, true);
  view.setUint32(72, 123_456_789, true);
  view.setBigInt64(96, 3n, true);
  view.setBigInt64(112, -1n, true);
  view.setUint32(120, 500_000_001, true);
  view.setUint32(136, 8, true);
  view.setUint32(140, 1, true);
  assert.deepEqual({ ...new Metadata(view) }, {
    links: 2,
    uid: 1000,
    gid: 1001,
    mode: 0o100644,
    inode: 2n ** 63n + 1n,
    size: 5_000_000_000,
    allocated: 4608,
    device: { major: 8, minor: 1 },
    atime: 1_714_979_289_123_456_789n,
    ctime: 3_000_000_000n,
    mtime: -499_999_999n,
  });
});

Deno.test("Metadata tells types apart", () => {
  const kinds = {
    isFile: 0o100000,
    isDirectory: 0o040000,
    isSymlink: 0o120000,
    isSocket: 0o140000,
  };
  for (const [name, mode] of Object.entries(kinds)) {
    const view = new DataView(new ArrayBuffer(STRUCT.statx.SIZE));
    view.setUint16(28, mode | 0o777, true);
    const metadata = new Metadata(view);
    for (const other of Object.keys(kinds) as (keyof typeof kinds)[]) {
      assert.equal(metadata[other], other === name, `${name}: ${other}`);
    }
  }
});

/** A `struct linux_dirent64`, padded to 8 bytes as the kernel does. */
function dirent(name: string, inode: bigint, type: number): number[] {
  const text = new TextEncoder().encode(name);
  const bytes = new Uint8Array((19 + text.length + 1 + 7) & ~7);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, inode, true);
  view.setUint16(16, bytes.length, true);
  view.setUint8(18, type);
  bytes.set(text, 19);
  return [...bytes];
}

Deno.test("decodeDirectory() reads entries, without the directory itself and its parent", () => {
  const entries = [
    dirent(".", 1n, 4),
    dirent("..", 2n, 4),
    dirent("datei ü", 3n, 8),
    dirent("d", 2n ** 64n - 1n, 4),
    dirent("...", 5n, 10),
    dirent("odd", 6n, 99),
  ];
  const odd = dirent("xy", 7n, 8);
  odd[20] = 0xfe;
  const listed = decodeDirectory(Uint8Array.from([...entries.flat(), ...odd]));
  assert.deepEqual(listed.map(({ name, inode, type }) => ({ name, inode, type })), [
    { name: "datei ü", inode: 3n, type: "file" },
    { name: "d", inode: 2n ** 64n - 1n, type: "directory" },
    { name: "...", inode: 5n, type: "symlink" },
    { name: "odd", inode: 6n, type: "unknown" },
    { name: String.raw`x\xfe`, inode: 7n, type: "file" },
  ]);
  assert.deepEqual([...listed.at(-1)!.bytes], [0x78, 0xfe]);
  assert.deepEqual(decodeDirectory(new Uint8Array(0)), []);
});

Deno.test("decodeDirectory() gives any bytes a meaning, or throws RemoteProtocolError", () => {
  const good = Uint8Array.from([dirent("a", 1n, 8), dirent("bc", 2n, 4)].flat());
  const change = fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) });
  fc.assert(fc.property(fc.array(change, { maxLength: 3 }), fc.nat(60), (changes, cut) => {
    const bytes = good.slice();
    for (const { at, value } of changes) bytes[at] = value;
    try {
      decodeDirectory(bytes.subarray(0, cut));
    } catch (error) {
      assert.ok(error instanceof RemoteProtocolError, `${error}`);
    }
  }));
});
