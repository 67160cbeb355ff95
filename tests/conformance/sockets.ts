import assert from "node:assert/strict";
import {
  AF,
  POLL,
  SO,
  SOCK,
  type Sockaddr,
  SockaddrIn,
  SockaddrIn6,
  SockaddrUn,
  SOL,
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
  "descriptors are told from other control messages": async ({ thread, tmpdir }) => {
    await using pair = await disposablePair(thread);
    await pair.second.setsockopt(SOL.SOCKET, SO.PASSCRED, 1);
    await thread.writeFile(tmpdir.join("file"), "carried");
    await using file = await thread.open(tmpdir.join("file"), 0);
    await pair.first.sendDescriptors(new Uint8Array([7]), [file]);
    const { bytes, fds } = await pair.second.receiveDescriptors(16, 4);
    assert.deepEqual([...bytes], [7]);
    assert.equal(fds.length, 1);
    assert.equal(new TextDecoder().decode(await fds[0]!.read(16)), "carried");
    await fds[0]!.close();
  },
  "more descriptors than there is room for are an error, and closed": async (
    { thread, tmpdir },
  ) => {
    await using child = await thread.clone();
    await Promise.all((await child.unheld()).map((fd) => fd.close()));
    for (const sent of [2, 250]) {
      await using pair = await disposablePair(child);
      await using file = await child.open(tmpdir, 0);
      await pair.first.sendDescriptors(new Uint8Array([7]), Array(sent).fill(file));
      await assert.rejects(pair.second.receiveDescriptors(16, 1), {
        name: "MessageTruncatedError",
        message: /^Cannot receive descriptors on descriptor \d+: more came than the 1 /,
      });
    }
    assert.deepEqual(await child.unheld(), []);
  },
  "descriptors that came in a batch that fails are closed": async ({ thread, tmpdir }) => {
    await using child = await thread.clone();
    await Promise.all((await child.unheld()).map((fd) => fd.close()));
    await using pair = await disposablePair(child);
    await using file = await child.open(tmpdir, 0);
    await pair.second.setsockopt(SOL.SOCKET, SO.PASSCRED, 1);
    await pair.first.sendDescriptors(new Uint8Array([7]), [file, file]);
    const receiving = child.batch((b) => {
      const received = b.receiveDescriptors(pair.second, 16, 4);
      b.chdir(tmpdir.join("none"));
      return received;
    });
    await assert.rejects(receiving, { code: "ENOENT" });
    assert.deepEqual(await child.unheld(), []);
  },
  "an address is free again when its listener has gone": async ({ thread }) => {
    const first = await thread.listen(new SockaddrIn("127.0.0.1", 0));
    const address = await first.getsockname();
    await using client = await thread.socket(AF.INET, SOCK.STREAM);
    await client.connect(address);
    const server = await first.accept();
    // The side that closes first is the one that the kernel remembers.
    await server.close();
    await first.close();
    assert.equal((await client.read(1)).length, 0);
    await using again = await thread.listen(address);
    assert.equal(`${await again.getsockname()}`, `${address}`);
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
