import assert from "node:assert/strict";
import {
  AF,
  IOCTL,
  IPPROTO,
  MSG,
  NETLINK,
  SHUT,
  SO,
  SOCK,
  type Sockaddr,
  SockaddrIn,
  SockaddrIn6,
  SockaddrNl,
  SockaddrUn,
  SOL,
  TCP,
  type Thread,
} from "bailiwick";
import type { Checks } from "./checks.ts";

const utf8 = new TextDecoder();

/** Sends there and back by sendto and recvfrom, then on a connected socket. */
async function converse(thread: Thread, first: Sockaddr, second: Sockaddr): Promise<void> {
  await using server = await thread.socket(first.family, SOCK.DGRAM);
  await using client = await thread.socket(second.family, SOCK.DGRAM);
  await server.bind(first);
  await client.bind(second);
  const [here, there] = await thread.batch((b) => [b.getsockname(server), b.getsockname(client)]);
  assert.equal(await client.sendto("ping", here!), 4);
  const { bytes, address } = await server.recvfrom(64);
  assert.deepEqual([utf8.decode(bytes), `${address}`], ["ping", `${there}`]);
  await server.sendto("pong", address!);
  assert.equal(utf8.decode(await client.recv(64)), "pong");
  await client.connect(here!);
  await client.send("a longer one");
  const cut = await server.recvfrom(4, MSG.TRUNC | MSG.DONTWAIT);
  assert.deepEqual([utf8.decode(cut.bytes), cut.size], ["a lo", 12]);
  await assert.rejects(server.recvfrom(4, MSG.DONTWAIT), { code: "EAGAIN" });
}

export const datagramChecks: Checks = {
  "UDP over IPv4 works": ({ thread }) =>
    converse(thread, new SockaddrIn("127.0.0.1", 0), new SockaddrIn("127.0.0.1", 0)),
  "UDP over IPv6 works": ({ thread }) =>
    converse(thread, new SockaddrIn6("::1", 0), new SockaddrIn6("::1", 0)),
  "datagrams of Unix sockets work": ({ thread, tmpdir }) =>
    converse(
      thread,
      new SockaddrUn(`${tmpdir.join("first")}`),
      new SockaddrUn(`${tmpdir.join("second")}`),
    ),
  "a sender without an address is nobody": async ({ thread, tmpdir }) => {
    const address = new SockaddrUn(`${tmpdir.join("socket")}`);
    await using server = await thread.socket(AF.UNIX, SOCK.DGRAM);
    await server.bind(address);
    await using client = await thread.socket(AF.UNIX, SOCK.DGRAM);
    await client.sendto("x", address);
    assert.equal((await server.recvfrom(16)).address, undefined);
  },
  "what is no socket cannot be received from": async ({ thread }) => {
    const { read, write } = await thread.pipe();
    await write.writeAll("x");
    await assert.rejects(read.recv(1), { code: "ENOTSOCK", message: /^Cannot receive on / });
    await thread.batch((b) => [read, write].forEach((fd) => b.close(fd)));
  },
  "one half of a connection is shut down": async ({ thread }) => {
    const { first, second } = await thread.socketpair(AF.UNIX, SOCK.STREAM);
    await first.send("last");
    await first.shutdown(SHUT.WR);
    assert.equal(utf8.decode(await second.recv(16)), "last");
    assert.equal((await second.recv(16)).length, 0);
    await second.send("back");
    assert.equal(utf8.decode(await first.recv(16)), "back");
    await assert.rejects(first.send("x"), { code: "EPIPE" });
    await thread.batch((b) => [first, second].forEach((fd) => b.close(fd)));
  },
  "an option of a socket is a number, or bytes": async ({ thread }) => {
    await using sock = await thread.socket(AF.INET, SOCK.STREAM);
    await sock.setsockopt(SOL.SOCKET, SO.KEEPALIVE, 1);
    assert.equal(await sock.getsockopt(SOL.SOCKET, SO.KEEPALIVE), 1);
    assert.equal(await sock.getsockopt(SOL.SOCKET, SO.TYPE), SOCK.STREAM);
    const linger = new Uint8Array(Int32Array.of(1, 5).buffer);
    await sock.setsockopt(SOL.SOCKET, SO.LINGER, linger);
    assert.deepEqual(await sock.getsockoptBytes(SOL.SOCKET, SO.LINGER, 8), linger);
  },
  "an option of a socket may be a name": async ({ thread }) => {
    await using sock = await thread.socket(AF.INET, SOCK.STREAM);
    const name = await sock.getsockoptBytes(IPPROTO.TCP, TCP.CONGESTION, 16);
    assert.match(utf8.decode(name), /^[a-z]+\0*$/);
    await sock.setsockopt(IPPROTO.TCP, TCP.CONGESTION, utf8.decode(name).replace(/\0.*$/, ""));
    await assert.rejects(sock.setsockopt(IPPROTO.TCP, TCP.CONGESTION, "no-such"), {
      code: "ENOENT",
    });
  },
  "an ioctl takes a number, or a structure that it changes": async ({ thread }) => {
    const { first, second } = await thread.socketpair(AF.UNIX, SOCK.STREAM);
    await first.send("12345");
    const count = await second.ioctlBytes(IOCTL.FIONREAD, new Uint8Array(4));
    assert.deepEqual([...count], [5, 0, 0, 0]);
    await assert.rejects(second.ioctl(IOCTL.TIOCSCTTY), {
      code: "ENOTTY",
      message: /^Cannot run ioctl 0x540e on /,
    });
    await using sock = await thread.socket(AF.INET, SOCK.DGRAM);
    const request = new Uint8Array(40);
    request.set(new TextEncoder().encode("lo"));
    const answer = await sock.ioctlBytes(IOCTL.SIOCGIFINDEX, request);
    assert.equal(new DataView(answer.buffer, answer.byteOffset).getInt32(16, true), 1);
    await thread.batch((b) => [first, second].forEach((fd) => b.close(fd)));
  },
  "the kernel's netlink is a socket, too": async ({ thread }) => {
    await using sock = await thread.socket(AF.NETLINK, SOCK.RAW, NETLINK.ROUTE);
    await sock.bind(new SockaddrNl());
    const own = await sock.getsockname() as SockaddrNl;
    assert.ok(own instanceof SockaddrNl && own.pid !== 0);
    // struct nlmsghdr: RTM_GETLINK (18) with NLM_F_REQUEST | NLM_F_DUMP, then a struct ifinfomsg.
    const request = new DataView(new ArrayBuffer(32));
    request.setUint32(0, 32, true);
    request.setUint16(4, 18, true);
    request.setUint16(6, 0x301, true);
    await sock.sendto(new Uint8Array(request.buffer), new SockaddrNl());
    const { bytes, address } = await sock.recvfrom(1 << 16);
    assert.deepEqual([(address as SockaddrNl).pid, bytes[4]], [0, 16]);
  },
  "a Unix socket's path may be of any length": async ({ thread, tmpdir }) => {
    const directory = tmpdir.join("d".repeat(120));
    await thread.mkdir(directory);
    const path = directory.join("socket");
    assert.throws(() => new SockaddrUn(`${path}`), /thread\.unixAddress\(path\)/);
    const before = await thread.unheld();
    {
      await using place = await thread.unixAddress(path);
      await using listener = await thread.listen(place.address);
      await using client = await thread.socket(AF.UNIX, SOCK.STREAM);
      await client.connect(place.address);
      await using server = await listener.accept();
      await client.send("far");
      assert.equal(utf8.decode(await server.recv(16)), "far");
    }
    assert.deepEqual((await thread.readDirectory(directory)).map(({ name }) => name), ["socket"]);
    assert.equal((await thread.unheld()).length, before.length);
    await using short = await thread.unixAddress(tmpdir.join("socket"));
    assert.equal(short.address.path, `${tmpdir.join("socket")}`);
    await assert.rejects(thread.unixAddress(directory.join("s".repeat(100))), RangeError);
  },
};
