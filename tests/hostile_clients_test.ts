/** Clients of orderd that mean harm, and an orderd without descriptors: the others trade on. */
import assert from "node:assert/strict";
import { AF, localHost, Nursery, RLIMIT, SO, SOCK, SockaddrIn, SOL, type Thread } from "bailiwick";
import { type SystemContext, systemTest } from "bailiwick/testing";
import { Database, OrderClient, startOrderd } from "../components/orderd/mod.ts";
import { startPositiond } from "../components/positiond/mod.ts";

/** Where orderd listens, which runs on `thread`. */
async function setUp(
  nursery: Nursery,
  thread: Thread,
  { tmpdir }: Pick<SystemContext, "tmpdir">,
): Promise<{ port: number }> {
  const sock = await thread.socket(AF.INET, SOCK.STREAM);
  await sock.setsockopt(SOL.SOCKET, SO.REUSEADDR, 1);
  await sock.bind(new SockaddrIn("127.0.0.1", 0));
  await sock.listen(1024);
  const positiond = await startPositiond(nursery, thread, tmpdir.join("positiond"));
  const database = await Database.make(thread, tmpdir.join("db"));
  const { address } = await startOrderd(nursery, thread, positiond, sock, database);
  await sock.close();
  assert.ok("port" in address);
  return address;
}

/** All that comes until the far side closes. */
async function rest(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65536);
  let text = "";
  for (let n; (n = await connection.read(buffer)) !== null;) {
    text += decoder.decode(buffer.subarray(0, n), { stream: true });
  }
  return text;
}

async function connect({ port }: { port: number }): Promise<Deno.Conn> {
  return await Deno.connect({ hostname: "127.0.0.1", port });
}

/** Writes until it is done, or until orderd does not want more. */
async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

const line = (text: string) => new TextEncoder().encode(text);

/** What a client does, and what it gets to read before the connection is closed. */
const CLIENTS: Readonly<
  Record<string, { act: (connection: Deno.Conn) => Promise<void>; answer: RegExp }>
> = {
  "sends a line of 100 MB": {
    act: (connection) => write(connection, new Uint8Array(100_000_000).fill(65)),
    answer: /^REJECT line too long: at most \d+ bytes\n$/,
  },
  "sends NUL bytes": {
    act: async (connection) => {
      await write(connection, line("BUY AC\0ME 1 1\n\0\n\0\0\0\0"));
      await connection.closeWrite();
    },
    answer: /^(REJECT .+\n){2,3}$/,
  },
  "sends half a line and closes": {
    act: async (connection) => {
      await write(connection, line("BUY ACME 100 1"));
      await connection.closeWrite();
    },
    answer: /^(REJECT .+\n)?$/,
  },
  "sends bytes of every kind": {
    act: async (connection) => {
      const bytes = Uint8Array.from({ length: 4096 }, (_, index) => index * 7);
      await write(connection, bytes);
      await connection.closeWrite();
    },
    answer: /^(REJECT .+\n)+$/,
  },
};

for (const [what, { act, answer }] of Object.entries(CLIENTS)) {
  systemTest(`orderd rejects a client that ${what}, and serves the others`, async (context) => {
    const address = await setUp(context.nursery, context.thread, context);
    await using other = await OrderClient.connect(address);
    assert.equal(await other.send("BUY ACME 1 1"), "ACCEPT 1");
    using connection = await connect(address);
    const answered = rest(connection);
    // It may close before everything was sent.
    await act(connection).catch((error) => assert.match(`${error}`, /pipe|reset/i));
    assert.match(await answered, answer);
    assert.equal(await other.send("BUY ACME 1 1"), "ACCEPT 2");
  });
}

systemTest(
  "orderd serves others beside clients that never read and never write",
  async (context) => {
    const address = await setUp(context.nursery, context.thread, context);
    using silent = await connect(address);
    const deaf = await connect(address);
    const orders = line("BUY ACME 1 1\n".repeat(10_000));
    let written = 0;
    const flood = (async () => {
      for (;;) written += await deaf.write(orders);
    })().catch(() => {});
    await using other = await OrderClient.connect(address);
    let last = 0;
    // Until orderd takes no more of the flood: several answers of others come with none of it taken.
    for (let idle = 0; idle < 200;) {
      const before = written;
      const [word, id] = (await other.send("SELL ACME 1 1")).split(" ");
      assert.equal(word, "ACCEPT");
      assert.ok(Number(id) > last);
      last = Number(id);
      idle = written === before ? idle + 1 : 0;
    }
    assert.ok(written < 64 << 20, `${written} bytes were taken`);
    deaf.close();
    await flood;
    assert.match(await other.send("SELL ACME 1 1"), /^ACCEPT/);
    await write(silent, line("BUY ACME 1 1\n"));
    assert.ok(await silent.read(new Uint8Array(64)));
  },
);

const LOGS = await Deno.makeTempDir();
globalThis.addEventListener("unload", () => Deno.removeSync(LOGS, { recursive: true }));

systemTest("orderd without descriptors says so, keeps serving, and recovers", async (context) => {
  const { thread } = context;
  await using limited = await thread.clone();
  await limited.setrlimit(RLIMIT.NOFILE, 32n, 32n);
  await Nursery.run(async (nursery) => {
    const address = await setUp(nursery, limited, context);
    await using first = await OrderClient.connect(address);
    assert.equal(await first.send("BUY ACME 1 1"), "ACCEPT 1");
    const clients = await Promise.all(
      Array.from({ length: 60 }, () => OrderClient.connect(address)),
    );
    const answers = clients.map((client) => client.send("BUY ACME 1 1"));
    assert.equal(
      await first.send("BUY ACME -1 1").then((answer) => answer.split(" ")[0]),
      "REJECT",
    );
    // Each one that goes makes room for one that waits.
    await Promise.all(answers.map(async (answer, index) => {
      assert.match(await answer, /^ACCEPT \d+$/);
      await clients[index]!.close();
    }));
    await using next = await OrderClient.connect(address);
    assert.match(await next.send("BUY ACME 1 1"), /^ACCEPT 62$/);
    nursery.cancel();
  });
  const log = await Deno.readTextFile(`${LOGS}/orderd.log`);
  assert.match(log, /cannot accept more clients: Too many open files in accept4/);
}, { host: (options) => localHost({ ...options, logDirectory: LOGS }) });
