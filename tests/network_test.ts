/** Connections of a host's network that end in the program: on this machine, and over ssh. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  type Connection,
  type Host,
  HostLostError,
  type HostOptions,
  localHost,
  SOCK,
  SockaddrIn,
  SockaddrUn,
  sshHost,
} from "bailiwick";
import { type SystemContext, systemTest, testHostsAvailable } from "bailiwick/testing";
import { onNetwork } from "./support/nested.ts";

const MIB = 1 << 20;
const LOOPBACK = new SockaddrIn("127.0.0.1", 0);
const MANY = 50;

const checks: Record<string, (context: SystemContext) => Promise<void>> = {
  "8 MiB come back from an echo": async ({ host }) => {
    await using listener = await host.listen(LOOPBACK);
    const echoing = serve(listener, echo);
    await using connection = await host.dial(listener.address);
    await assertEchoes(connection, 8 * MIB);
    await listener.close();
    await echoing;
  },
  "a Unix socket echoes, and its file is gone afterwards": async ({ host, thread, tmpdir }) => {
    const address = new SockaddrUn(`${tmpdir.join("socket")}`);
    const listener = await host.listen(address);
    assert.equal(`${listener.address}`, `${address}`);
    const echoing = serve(listener, echo);
    await using connection = await host.dial(address);
    await assertEchoes(connection, MIB);
    await listener.close();
    await echoing;
    await assert.rejects(thread.stat(address.path), { code: "ENOENT" });
  },
  "each end can finish while the other goes on": async ({ host }) => {
    await using listener = await host.listen(LOOPBACK);
    const accepted = listener.accept();
    await using client = await host.dial(listener.address);
    await using server = (await accepted)!;
    assert.equal(`${server.remoteAddress}`, `${client.localAddress}`);
    assert.equal(`${server.localAddress}`, `${client.remoteAddress}`);
    await send(client, "question");
    await client.writable.close();
    assert.equal(await text(server), "question");
    await send(server, "answer");
    await server.writable.close();
    assert.equal(await text(client), "answer");
  },
  "a refused connection says so, and where": async ({ host, thread }) => {
    await using socket = await thread.socket(LOOPBACK.family, SOCK.STREAM);
    await socket.bind(LOOPBACK);
    const address = await socket.getsockname();
    for (let i = 0; i < 3; i++) {
      await assert.rejects(
        host.dial(address),
        (error: Error & { code: string; host: string }) => {
          assert.equal(error.code, "ECONNREFUSED");
          assert.equal(error.host, host.name);
          assert.match(error.message, new RegExp(`connect to ${address}: .* host ${host.name}`));
          return true;
        },
      );
    }
  },
  "a taken address says so": async ({ host }) => {
    await using listener = await host.listen(LOOPBACK);
    await assert.rejects(host.listen(listener.address), { code: "EADDRINUSE" });
  },
  "a relative path of a Unix socket is refused": async ({ host }) => {
    await assert.rejects(host.dial(new SockaddrUn("here")), TypeError);
    await assert.rejects(host.listen(new SockaddrUn("here")), TypeError);
  },
  "many connections at once": async ({ host }) => {
    await using listener = await host.listen(LOOPBACK);
    const echoing = serve(listener, echo);
    await Promise.all(Array.from({ length: MANY }, async () => {
      await using connection = await host.dial(listener.address);
      await assertEchoes(connection, 64 * 1024);
    }));
    await listener.close();
    await echoing;
  },
  "a peer that does not read stalls no other connection": async ({ host }) => {
    await using listener = await host.listen(LOOPBACK);
    const first = listener.accept();
    const stalled = await host.dial(listener.address);
    await using _unread = await first;
    const writer = stalled.writable.getWriter();
    const blocked = writer.write(new Uint8Array(64 * MIB));
    blocked.catch(() => {});
    writer.closed.catch(() => {});
    const echoing = serve(listener, echo);
    await using other = await host.dial(listener.address);
    await assertEchoes(other, 4 * MIB);
    await stalled.close();
    await assert.rejects(blocked, TypeError);
    await listener.close();
    await echoing;
  },
  "connecting can be given up, and holds up nobody": async ({ host, thread }) => {
    // A full backlog: the kernel answers no more, and connect(2) waits.
    await using socket = await thread.listen(LOOPBACK, 0);
    const address = await socket.getsockname();
    const filling = new AbortController();
    const waiting = Array.from({ length: 4 }, () => host.dial(address, filling));
    await using listener = await host.listen(LOOPBACK);
    await using _connected = await host.dial(listener.address);
    assert.equal(await thread.getpid(), thread.process.pid);
    const reason = new Error("enough");
    filling.abort(reason);
    const outcomes = await Promise.allSettled(waiting);
    for (const outcome of outcomes) {
      if (outcome.status === "fulfilled") await outcome.value.close();
      else assert.equal(outcome.reason, reason);
    }
    assert.ok(outcomes.some(({ status }) => status === "rejected"));
  },
  "closing a listener ends who waits, and closes what nobody took": async ({ host }) => {
    const listener = await host.listen(LOOPBACK);
    const taken = listener.accept();
    await using first = await host.dial(listener.address);
    await using server = (await taken)!;
    const waits = listener.accept();
    await listener.close();
    await listener.close();
    assert.equal(await waits, undefined);
    await send(first, "still there");
    await first.writable.close();
    assert.equal(await text(server), "still there");
    await assert.rejects(host.dial(listener.address), { code: "ECONNREFUSED" });
  },
  "a forwarded port leads to the host": async ({ host }) => {
    await using listener = await host.listen(LOOPBACK);
    const echoing = serve(listener, echo);
    await using forward = host.forward(listener.address);
    await Promise.all(Array.from({ length: 5 }, () => assertForwards(forward.port, MIB)));
    await listener.close();
    await echoing;
  },
  "a forwarded port outlives the failure of a connection": async ({ host, thread }) => {
    await using socket = await thread.socket(LOOPBACK.family, SOCK.STREAM);
    await socket.bind(LOOPBACK);
    const failed = Promise.withResolvers<Error>();
    const address = await socket.getsockname();
    await using forward = host.forward(address, { onError: failed.resolve });
    using refused = await Deno.connect({ port: forward.port });
    assert.equal(await refused.read(new Uint8Array(1)).catch(() => null), null);
    assert.equal((await failed.promise as Error & { code: string }).code, "ECONNREFUSED");
    await socket.listen(16);
    const accepted = socket.accept();
    using connection = await Deno.connect({ port: forward.port });
    await using server = await accepted;
    await connection.write(new TextEncoder().encode("hello"));
    assert.equal(new TextDecoder().decode(await server.read(5)), "hello");
  },
  "closing a forward ends its connections": async ({ host }) => {
    await using listener = await host.listen(LOOPBACK);
    const accepted = listener.accept();
    const forward = host.forward(listener.address);
    using local = await Deno.connect({ port: forward.port });
    await using _server = await accepted;
    await forward.close();
    assert.equal(await local.read(new Uint8Array(1)).catch(() => null), null);
    await assert.rejects(Deno.connect({ port: forward.port }), Deno.errors.ConnectionRefused);
  },
};

interface Kind {
  readonly name: string;
  readonly host: (options: HostOptions) => Promise<Host>;
  readonly ignore: boolean;
}

const kinds: readonly Kind[] = [
  { name: "local", host: localHost, ignore: false },
  {
    name: "ssh",
    host: onNetwork(
      1,
      (network, options) => sshHost({ to: "host0", config: network.sshConfig }, options),
    ),
    ignore: !testHostsAvailable().ok,
  },
];

for (const { name, host, ignore } of kinds) {
  for (const [check, run] of Object.entries(checks)) {
    systemTest(`network on ${name}: ${check}`, run, { host, ignore });
  }
}

Deno.test("connections and listeners of a host that is closed end with HostLostError", async () => {
  const host = await localHost();
  const listener = await host.listen(LOOPBACK);
  const accepted = listener.accept();
  const connection = await host.dial(listener.address);
  await accepted;
  const reading = connection.readable.getReader().read();
  const accepting = listener.accept();
  for (const waits of [reading, accepting]) waits.catch(() => {});
  await host.close();
  await assert.rejects(reading, HostLostError);
  await assert.rejects(accepting);
  await assert.rejects(host.dial(LOOPBACK), HostLostError);
  await connection.close();
  await listener.close();
});

async function serve(
  connections: AsyncIterable<Connection>,
  handle: (connection: Connection) => Promise<void>,
): Promise<void> {
  const handling: Promise<void>[] = [];
  for await (const connection of connections) handling.push(handle(connection));
  await Promise.all(handling);
}

async function echo(connection: Connection): Promise<void> {
  await using _closed = connection;
  await connection.readable.pipeTo(connection.writable).catch(() => {});
}

async function assertEchoes({ readable, writable }: Connection, length: number): Promise<void> {
  const [sent, received] = await Promise.all([
    sendRandom(writable.getWriter(), length),
    digest(readable),
  ]);
  assert.equal(received, sent);
}

async function assertForwards(port: number, length: number): Promise<void> {
  using connection = await Deno.connect({ port });
  const sent = random(length);
  const sending = (async () => {
    for (let at = 0; at < length;) at += await connection.write(sent.subarray(at));
    await connection.closeWrite();
  })();
  const received = createHash("sha256");
  const buffer = new Uint8Array(64 * 1024);
  for (let got; (got = await connection.read(buffer)) !== null;) {
    received.update(buffer.subarray(0, got));
  }
  await sending;
  assert.equal(received.digest("hex"), createHash("sha256").update(sent).digest("hex"));
}

/** Sends random bytes from one buffer that is used again, and the end; returns their hash. */
async function sendRandom(
  writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
  length: number,
): Promise<string> {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(64 * 1024);
  for (let left = length; left > 0; left -= buffer.length) {
    crypto.getRandomValues(buffer);
    hash.update(buffer);
    await writer.write(buffer);
  }
  await writer.close();
  return hash.digest("hex");
}

function random(length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}

async function digest(readable: ReadableStream<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const bytes of readable) hash.update(bytes);
  return hash.digest("hex");
}

async function send(connection: Connection, message: string): Promise<void> {
  const writer = connection.writable.getWriter();
  await writer.write(new TextEncoder().encode(message));
  writer.releaseLock();
}

async function text(connection: Connection): Promise<string> {
  let all = "";
  const decoder = new TextDecoderStream() as TransformStream<Uint8Array, string>;
  for await (const part of connection.readable.pipeThrough(decoder)) all += part;
  return all;
}
