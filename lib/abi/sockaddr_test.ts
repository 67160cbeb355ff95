import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeSockaddr,
  inetSockaddr,
  SockaddrIn,
  SockaddrIn6,
  SockaddrNl,
  SockaddrUn,
} from "./sockaddr.ts";

Deno.test("SockaddrIn.encode() lays out struct sockaddr_in", () => {
  assert.deepEqual(
    [...new SockaddrIn("127.0.0.1", 8080).encode()],
    [2, 0, 0x1f, 0x90, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
  );
});

Deno.test("SockaddrIn6.encode() lays out struct sockaddr_in6", () => {
  const bytes = new SockaddrIn6("fe80::1", 1, { flowinfo: 2, scopeId: 3 }).encode();
  assert.deepEqual([...bytes.subarray(0, 10)], [10, 0, 0, 1, 0, 0, 0, 2, 0xfe, 0x80]);
  assert.deepEqual([...bytes.subarray(23)], [1, 3, 0, 0, 0]);
});

Deno.test("SockaddrUn.encode() ends a path with NUL, and an abstract name without", () => {
  assert.deepEqual([...new SockaddrUn("/a").encode()], [1, 0, 0x2f, 0x61, 0]);
  assert.deepEqual([...new SockaddrUn("\0a").encode()], [1, 0, 0, 0x61]);
  assert.deepEqual([...new SockaddrUn("").encode()], [1, 0]);
});

Deno.test("SockaddrNl.encode() lays out struct sockaddr_nl", () => {
  const address = new SockaddrNl(0x01020304, 5);
  assert.deepEqual([...address.encode()], [16, 0, 0, 0, 4, 3, 2, 1, 5, 0, 0, 0]);
  assert.deepEqual(decodeSockaddr(address.encode()), address);
  assert.throws(() => new SockaddrNl(-1), RangeError);
});

Deno.test("toString() writes addresses as tools do", () => {
  assert.equal(`${new SockaddrIn("10.0.0.1", 80)}`, "10.0.0.1:80");
  assert.equal(`${new SockaddrIn6("::1", 80)}`, "[::1]:80");
  assert.equal(`${new SockaddrIn6("fe80::1", 80, { scopeId: 2 })}`, "[fe80::1%2]:80");
  assert.equal(`${new SockaddrUn("\0name")}`, "@name");
  assert.equal(`${new SockaddrNl(12, 1)}`, "netlink 12, groups 0x1");
});

Deno.test("SockaddrIn() throws when the address or port is malformed", () => {
  for (const address of ["", "localhost", "1.2.3", "1.2.3.256", "01.2.3.4", "1.2.3.4.5", "::1"]) {
    assert.throws(() => new SockaddrIn(address, 0), RangeError, address);
  }
  for (const port of [-1, 65536, 1.5, NaN]) {
    assert.throws(() => new SockaddrIn("127.0.0.1", port), {
      name: "RangeError",
      message: `Port ${port} is not an integer from 0 to 65535`,
    });
  }
});

Deno.test("SockaddrIn6() keeps the canonical form", () => {
  const forms = {
    "0:0:0:0:0:0:0:0": "::",
    "2001:DB8::0:1": "2001:db8::1",
    "1:0:0:2:0:0:0:3": "1:0:0:2::3",
    "1:0:2:3:4:5:6:7": "1:0:2:3:4:5:6:7",
    "::ffff:1.2.3.4": "::ffff:1.2.3.4",
    "1::": "1::",
  };
  for (const [text, canonical] of Object.entries(forms)) {
    assert.equal(new SockaddrIn6(text, 0).address, canonical);
  }
});

Deno.test("SockaddrIn6() throws when the address is malformed", () => {
  const wrong = ["", ":", ":::", "1:2", "1::2::3", "12345::", "::g", "fe80::1%eth0", "1.2.3.4"];
  for (const address of [...wrong, "1:2:3:4:5:6:7:8::", "1:2:3:4:5:6:7:8:9", "::1.2.3.4:5"]) {
    assert.throws(() => new SockaddrIn6(address, 0), RangeError, address);
  }
});

Deno.test("SockaddrUn() throws when the path does not fit or has a NUL inside", () => {
  assert.equal(new SockaddrUn("a".repeat(107)).encode().length, 110);
  assert.equal(new SockaddrUn("\0" + "a".repeat(107)).encode().length, 110);
  assert.throws(() => new SockaddrUn("a".repeat(108)), /108 bytes is too long/);
  assert.throws(() => new SockaddrUn("\0" + "a".repeat(108)), RangeError);
  assert.throws(() => new SockaddrUn("a\0b"), RangeError);
});

const anyPort = fc.integer({ min: 0, max: 65535 });
const anyUint32 = fc.integer({ min: 0, max: 0xffffffff });
const anySockaddr = fc.oneof(
  fc.tuple(fc.ipV4(), anyPort).map(([address, port]) => new SockaddrIn(address, port)),
  fc.tuple(fc.ipV6(), anyPort, anyUint32, anyUint32).map(([address, port, flowinfo, scopeId]) =>
    new SockaddrIn6(address, port, { flowinfo, scopeId })
  ),
  fc.tuple(fc.constantFrom("", "\0"), fc.string({ unit: "grapheme", maxLength: 20, size: "max" }))
    .map(([first, rest]) => first + rest.replaceAll("\0", ""))
    .filter((path) => new TextEncoder().encode(path).length <= 107)
    .map((path) => new SockaddrUn(path)),
);

Deno.test("decodeSockaddr() returns what encode() was called on", () => {
  fc.assert(fc.property(anySockaddr, (address) => {
    assert.deepEqual(decodeSockaddr(address.encode()), address);
  }));
});

Deno.test("decodeSockaddr() decodes any bytes, or throws RangeError", () => {
  const anyBytes = fc.tuple(fc.constantFrom(0, 1, 2, 10, 16), fc.uint8Array({ maxLength: 126 }))
    .map(([family, rest]) => Uint8Array.of(family, 0, ...rest));
  fc.assert(fc.property(fc.oneof(anyBytes, fc.uint8Array()), (bytes) => {
    try {
      decodeSockaddr(bytes);
    } catch (error) {
      assert(error instanceof RangeError);
    }
  }));
});

Deno.test("decodeSockaddr() decodes the unnamed address of a Unix socket", () => {
  assert.equal(decodeSockaddr(Uint8Array.of(1, 0)).toString(), "");
});

Deno.test("inetSockaddr() takes the family from the address", () => {
  assert.equal(`${inetSockaddr("10.0.0.7", 80)}`, "10.0.0.7:80");
  assert.equal(`${inetSockaddr("0::1", 80)}`, "[::1]:80");
  for (const bad of ["", "host", "fe80::1%eth0"]) {
    assert.throws(() => inetSockaddr(bad, 80), RangeError);
  }
});

Deno.test("inetSockaddr() takes brackets and zones of IPv6, and no names", () => {
  assert.equal(`${inetSockaddr("[2001:db8::1]", 80)}`, "[2001:db8::1]:80");
  assert.equal((inetSockaddr("fe80::1%3", 80) as SockaddrIn6).scopeId, 3);
  const wrong = ["", "localhost", "10.0.0", "[::1", "::1]", "fe80::1%eth0", "[10.0.0.7]", "::g"];
  for (const text of wrong) assert.throws(() => inetSockaddr(text, 80), RangeError, text);
  assert.throws(() => inetSockaddr("::1", 65536), RangeError);
});
