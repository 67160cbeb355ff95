import assert from "node:assert/strict";
import {
  AF,
  POLL,
  SOCK,
  type Sockaddr,
  SockaddrIn,
  SockaddrIn6,
  SockaddrUn,
  type Thread,
} from "bailiwick";
import type { Checks } from "./checks.ts";

async function exchange(thread: Thread, address: Sockaddr): Promise<void> {
  await using listener = await thread.listen(address, 8);
  const bound = await listener.getsockname();
  await using client = await thread.socket(address.family, SOCK.STREAM);
  await client.connect(bound);
  await using server = await listener.accept();
  assert.equal(`${await client.getpeername()}`, `${bound}`);
  await client.writeAll("ping");
  assert.equal(new TextDecoder().decode(await server.read(16)), "ping");
}

export const socketChecks: Checks = {
  "TCP over IPv4 works": ({ thread }) => exchange(thread, new SockaddrIn("127.0.0.1", 0)),
  "TCP over IPv6 works": ({ thread }) => exchange(thread, new SockaddrIn6("::1", 0)),
  "Unix sockets work": ({ thread, tmpdir }) =>
    exchange(thread, new SockaddrUn(`${tmpdir.join("socket")}`)),
  "binding twice to one address is refused": async ({ thread }) => {
    await using first = await thread.listen(new SockaddrIn("127.0.0.1", 0));
    const address = await first.getsockname();
    await assert.rejects(thread.listen(address), (error: Error) => {
      assert.match(
        error.message,
        /^Cannot bind to 127\.0\.0\.1:\d+: .*\(EADDRINUSE\) in bind, call 3 of 4/,
      );
      return true;
    });
  },
  "descriptors travel between threads": async ({ thread, tmpdir }) => {
    await using pair = await disposablePair(thread);
    await using child = await thread.clone();
    await using end = child.inherit(pair.second);
    await thread.writeFile(tmpdir.join("file"), "carried");
    await using file = await thread.open(tmpdir.join("file"), 0);
    await pair.first.sendDescriptors(new Uint8Array([7]), [file]);
    const { bytes, fds } = await end.receiveDescriptors(16, 4);
    assert.deepEqual([...bytes], [7]);
    assert.equal(fds.length, 1);
    assert.equal(new TextDecoder().decode(await fds[0]!.read(16)), "carried");
  },
  "poll reports what is ready": async ({ thread }) => {
    await using pair = await disposablePair(thread);
    const polls = [{ fd: pair.first, events: POLL.IN }, { fd: pair.second, events: POLL.IN }];
    assert.deepEqual(await thread.poll(polls, 0), [0, 0]);
    await pair.first.writeAll("x");
    assert.deepEqual(await thread.poll(polls), [0, POLL.IN]);
  },
};

async function disposablePair(thread: Thread) {
  const { first, second } = await thread.socketpair(AF.UNIX, SOCK.STREAM);
  return {
    first,
    second,
    async [Symbol.asyncDispose]() {
      await first.close();
      await second.close();
    },
  };
}
