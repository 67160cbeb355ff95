/** The article's test of orderd, and what orderd promises to its clients. */
import assert from "node:assert/strict";
import { AF, Nursery, SO, SOCK, SockaddrIn, SOL } from "bailiwick";
import { type SystemContext, systemTest } from "bailiwick/testing";
import {
  Database,
  OrderClient,
  type Orderd,
  type ShardPlace,
  SHARDS_MAX,
  startOrderd,
} from "../components/orderd/mod.ts";
import { startPositiond } from "../components/positiond/mod.ts";
import { startTrading } from "../components/trading.ts";
import { startExampled } from "../components/exampled/mod.ts";

async function setUp(
  { nursery, thread, tmpdir }: SystemContext,
  shard?: ShardPlace,
): Promise<Orderd> {
  const suffix = shard?.index ?? "";
  // make a TCP socket, bind it to a random port on localhost, and start listening
  await using sock = await thread.socket(AF.INET, SOCK.STREAM);
  await sock.setsockopt(SOL.SOCKET, SO.REUSEADDR, 1);
  await sock.bind(new SockaddrIn("127.0.0.1", 0));
  await sock.listen(1024);
  return await startOrderd(
    nursery,
    thread,
    await startPositiond(nursery, thread, tmpdir.join(`positiond${suffix}`)),
    sock,
    await Database.make(thread, tmpdir.join(`db${suffix}`), shard),
  );
}

function portOf({ address }: Orderd): { port: number } {
  assert.ok("port" in address);
  return address;
}

systemTest("orderd accepts and rejects orders", async (context) => {
  const orderd = await setUp(context);
  await using client = await OrderClient.connect(portOf(orderd));
  assert.equal(await client.send("BUY ACME 100 10.50"), "ACCEPT 1");
  assert.equal(await client.send("SELL ACME 5 9.99"), "ACCEPT 2");
  for (const bad of ["BUY", "HOLD ACME 1 1", "BUY ACME 0 1", "BUY ACME 1 -1", "BUY acme 1 1", ""]) {
    assert.match(await client.send(bad), /^REJECT .+/);
  }
  assert.equal(await client.send("BUY ACME 1 1"), "ACCEPT 3");
});

systemTest(
  "of several shards one takes a new symbol, and the others say which",
  async (context) => {
    const indices = [0, 1, 2];
    const orderds = await Promise.all(indices.map((index) => setUp(context, { index, count: 3 })));
    const takers = await Promise.all(orderds.map((orderd) => OrderClient.connect(portOf(orderd))));
    const taken = new Set<number>();
    for (const symbol of ["ACME", "WIDG", "GIZMO", "BOLT", "NUT", "A", "B", "C"]) {
      const answers = await Promise.all(takers.map((client) => client.send(`BUY ${symbol} 1 1`)));
      const owner = answers.findIndex((answer) => answer.startsWith("ACCEPT"));
      const refusals = indices.map((index) =>
        `REJECT ${symbol} is not of shard ${index}: as a new symbol it goes to shard ${owner} of 3; ` +
        "send the order again"
      );
      assert.deepEqual(answers, refusals.with(owner, answers[owner]!));
      taken.add(owner);
    }
    assert.deepEqual([...taken].sort(), indices);
    for (const client of takers) await client.close();
  },
);

systemTest(
  "an order's number is its own among all shards, also after a restart",
  async (context) => {
    const { thread, tmpdir } = context;
    const address = "127.0.0.1";
    const shards = ["a", "b", "c"].map((name) => ({ thread, address, data: tmpdir.join(name) }));
    const symbols = ["ACME", "WIDG", "GIZMO", "BOLT", "NUT", "A", "B", "C"];
    const answers: string[] = [];
    for (let run = 0; run < 2; run++) {
      await Nursery.run(async (nursery) => {
        const front = { thread, address, port: 0 };
        const { gatewayd } = await startTrading(nursery, { front, shards });
        await using client = await OrderClient.connect(portOf(gatewayd));
        for (const symbol of [...symbols, ...symbols]) {
          answers.push(await client.send(`BUY ${symbol} 1 1`));
        }
        nursery.cancel();
      });
    }
    const numbers = answers.map((answer) => Number(/^ACCEPT (\d+)$/.exec(answer)?.[1]));
    assert.equal(new Set(numbers).size, 4 * symbols.length, `${numbers}`);
    const given = [0, 1, 2].map((shard) =>
      numbers.filter((number) => (number - 1) % SHARDS_MAX === shard)
    );
    for (const [shard, ids] of given.entries()) {
      assert.deepEqual(ids, ids.map((_, index) => index * SHARDS_MAX + shard + 1));
    }
    assert.ok(given.every((ids) => ids.length > 0));
  },
);

systemTest("a database is that of one shard, or of no shard, for ever", async (context) => {
  const { nursery, thread, tmpdir } = context;
  const [shard, alone] = [tmpdir.join("shard"), tmpdir.join("alone")];
  const opened = Database.open(thread, shard, { index: 1, count: 2 });
  await opened.prepare();
  await opened.prepare();
  await Database.make(thread, alone);
  const place = (index: number, count: number) => ({ index, count });
  await Database.recover(thread, shard, place(1, 5));
  await assert.rejects(
    Database.open(thread, shard, place(0, 2)).prepare(),
    /shard is of shard 1, not of shard 0: /,
  );
  await assert.rejects(
    Database.recover(thread, alone, place(0, 1)),
    /alone is of an orderd that is no shard, not of shard 0: /,
  );
  await assert.rejects(Database.make(thread, shard, place(1, 2)), /shard: it exists: /);
  await using sock = await thread.socket(AF.INET, SOCK.STREAM);
  await sock.bind(new SockaddrIn("127.0.0.1", 0));
  await sock.listen(1);
  const positiond = await startPositiond(nursery, thread, tmpdir.join("positiond"));
  await assert.rejects(
    startOrderd(nursery, thread, positiond, sock, Database.open(thread, shard)),
    ({ lastLines }) => /is of shard 1: say among how many, as in --shard 1\/2/.test(`${lastLines}`),
  );
  await startOrderd(nursery, thread, positiond, sock, opened);
  // One that an orderd has is not looked at again.
  await Database.open(thread, shard, place(1, 3)).prepare();
  await assert.rejects(
    Database.recover(thread, shard),
    /another orderd has the database .+shard: /,
  );
});

systemTest("exampled works in its directory", async ({ nursery, thread, tmpdir }) => {
  const exampled = await startExampled(nursery, thread, tmpdir.join("exampled"));
  const names = (await thread.readDirectory(exampled.workdir)).map(({ name }) => name);
  assert.ok(names.length > 0);
});
