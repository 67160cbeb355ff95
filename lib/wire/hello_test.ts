import assert from "node:assert/strict";
import fc from "fast-check";
import { WIRE } from "./constants.ts";
import { RemoteProtocolError } from "./errors.ts";
import { decodeHello } from "./hello.ts";
import { hex, int64s, join, words } from "./test_frames.ts";

const utf8 = new TextEncoder();
const BUILD = "00112233445566778899aabbccddeeff01020304";
const STRINGS = ["6.1.0", "db1", "/tmp/bailiwick-0-1", "PATH=/bin\0EMPTY=\0A=b=c\0novalue\0=odd\0"];

interface Changes {
  magic?: number;
  versions?: number;
  more?: number;
  host?: Record<number, number>;
}

/** The hello of an x86_64 agent, with something of it changed. */
function hello({ magic = WIRE.MAGIC, versions = 0x00020002, more = 0, host = {} }: Changes = {}) {
  const texts = STRINGS.map((text) => utf8.encode(text));
  const head = [1, 4096, 100, 1000, 1001, 101, 1024, ...texts.map(({ length }) => length)];
  for (const [index, value] of Object.entries(host)) head[Number(index)] = value;
  const description = join(words(...head), ...texts);
  const core = join(words(magic, versions), hex(BUILD), words(description.length + more));
  return join(core, int64s(3, 5_000_000_000), description);
}

Deno.test("decodeHello() reads what an agent says of itself and its host", () => {
  assert.deepEqual(decodeHello(hello()), {
    build: BUILD,
    generation: 3n,
    now: 5_000_000_000n,
    host: {
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
    },
  });
  assert.equal(decodeHello(hello({ host: { 0: 2 } })).host.arch, "aarch64");
  assert.equal(decodeHello(hello({ versions: 0x00020001 })).host.nodename, "db1");
});

Deno.test("decodeHello() reads a view that does not begin at its buffer's start", () => {
  assert.equal(decodeHello(join(hex("ff"), hello()).subarray(1)).host.nodename, "db1");
});

Deno.test("decodeHello() says what is wrong", () => {
  const other = new RegExp(
    `build ${BUILD}\\) speaks versions 3 to 3 of the protocol, this program 2`,
  );
  const cases: [Uint8Array, RegExp][] = [
    [hello().subarray(0, 47), /not a Bailiwick agent/],
    [hello({ magic: 0x12345678 }), /not a Bailiwick agent/],
    [hello({ versions: 0x00030003 }), other],
    [hello({ versions: 0x00030001 }), /versions 1 to 3/],
    [hello({ versions: 0x00010001 }), /versions 1 to 1/],
    [hello({ host: { 0: 3 } }), /unknown architecture/],
    [hello({ host: { 0: 0 } }), /unknown architecture/],
    [hello({ more: 1 }), /do not add up/],
    [hello({ host: { 7: 6 } }), /do not add up/],
    [hello({ host: { 10: 2 ** 32 - 1 } }), /do not add up/],
    [hello().subarray(0, 60), /do not add up/],
    [join(hello().subarray(0, 28), words(12), hello().subarray(32, 60)), /do not add up/],
  ];
  for (const [body, message] of cases) {
    const name = message.source.includes("versions") ? "OtherVersionError" : "RemoteProtocolError";
    assert.throws(() => decodeHello(body), { name, message });
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
