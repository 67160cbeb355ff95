/** Symbols keep their shard, whatever the number of shards is, and when that changes while orders come. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Host, localHost, Nursery, SockaddrIn } from "bailiwick";
import {
  type SystemContext,
  systemTest,
  testHostsAvailable,
  TestNetwork,
  until,
} from "bailiwick/testing";
import { openBooks } from "../components/books.ts";
import { placesOn } from "../components/places.ts";
import { SHARDS_MAX } from "../components/orderd/mod.ts";
import { startTrading } from "../components/trading.ts";
import { positionsAfter, storedOrders, totals } from "./support/books.ts";
import { Cli } from "./support/cli.ts";
import { shardChanges } from "./support/shard_changes.ts";
import { clientOf, type Gateway, gatewayTo, homeOf, Shards } from "./support/shards.ts";

const OLD = Array.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
const NEW = OLD.map((letter) => `NEW.${letter}`);

function acceptedBy(answer: string): number {
  const number = Number(/^ACCEPT (\d+)$/.exec(answer)?.[1] ?? assert.fail(answer));
  return (number - 1) % SHARDS_MAX;
}

/** Runs the whole system once, as main.ts does, and sends an order for each symbol. */
async function runOnce(
  host: Host,
  data: string,
  shards: number,
  symbols: readonly string[],
): Promise<{ answers: string[]; count: number }> {
  return await Nursery.run(async (nursery) => {
    const hosts = { front: host, shard: [host] };
    const places = await placesOn(nursery, hosts, { port: 0, data, shards });
    const trading = await startTrading(nursery, places);
    await using client = await clientOf(trading.gatewayd.address);
    const answers: string[] = [];
    for (const symbol of symbols) answers.push(await client.send(`BUY ${symbol} 1 1`));
    for (const [index, { positiond }] of trading.shards.entries()) {
      const rows = storedOrders(`${data}/shard-${index}/orders.db`);
      assert.deepEqual(await positionsAfter(positiond, rows.length), totals(rows));
    }
    nursery.cancel();
    return { answers, count: trading.shards.length };
  });
}

systemTest("symbols keep their shard from run to run, with more shards and with fewer", async (
  { host, tmpdir },
) => {
  const data = `${tmpdir.join("data")}`;
  const numbers = new Set<string>();
  const run = async (shards: number, symbols: readonly string[]) => {
    const { answers, count } = await runOnce(host, data, shards, symbols);
    for (const answer of answers) numbers.add(answer);
    return { by: answers.map(acceptedBy), count };
  };
  const first = await run(2, OLD);
  assert.deepEqual(first.by, OLD.map((symbol) => homeOf(symbol, 2)));
  const more = await run(4, [...OLD, ...NEW]);
  assert.deepEqual(more.by, [...first.by, ...NEW.map((symbol) => homeOf(symbol, 4))]);
  assert.deepEqual([...new Set(more.by.slice(OLD.length))].sort(), [0, 1, 2, 3]);
  const fewer = await run(2, [...OLD, ...NEW, "LAST"]);
  assert.deepEqual(fewer.by, [...more.by, homeOf("LAST", 2)]);
  assert.equal(fewer.count, 4);
  assert.equal(numbers.size, first.by.length + more.by.length + fewer.by.length);
});

systemTest("any sequence of numbers of shards and of symbols follows the rule", async (
  { host, tmpdir },
) => {
  const symbol = fc.constantFrom(...OLD, ...NEW);
  const step = fc.record({ count: fc.integer({ min: 1, max: 5 }), symbols: fc.array(symbol) });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 4 }), async (steps) => {
      const data = `${tmpdir.join(`data-${run++}`)}`;
      const keepers = new Map<string, number>();
      let most = 0;
      for (const { count, symbols } of steps) {
        for (const symbol of symbols) {
          if (!keepers.has(symbol)) keepers.set(symbol, homeOf(symbol, count));
        }
        most = Math.max(most, count);
        const traded = await runOnce(host, data, count, symbols);
        assert.deepEqual(traded.answers.map(acceptedBy), symbols.map((s) => keepers.get(s)));
        assert.equal(traded.count, most);
      }
    }),
    { numRuns: 6 },
  );
});

async function withShards(
  { nursery, thread, tmpdir }: SystemContext,
  body: (shards: Shards) => Promise<void>,
): Promise<void> {
  await using shards = new Shards(nursery, thread, tmpdir);
  await body(shards);
}

/** A symbol that a gateway of two sends to shard 0, and one of four to shard 2. */
const MOVED = OLD.find((symbol) => homeOf(symbol, 2) === 0 && homeOf(symbol, 4) === 2)!;
const ELSEWHERE = NEW.filter((symbol) => homeOf(symbol, 2) === 1);

systemTest(
  "orderd takes orders of symbols that it has, and new ones of its own",
  (context) =>
    withShards(context, async (shards) => {
      await shards.run(0, 2);
      {
        await using client = await shards.client(0);
        assert.equal(await client.send(`BUY ${MOVED} 1 1`), "ACCEPT 1");
      }
      await shards.run(0, 4);
      await using client = await shards.client(0);
      assert.equal(await client.send(`BUY ${MOVED} 1 1`), `ACCEPT ${1 + SHARDS_MAX}`);
      const other = NEW.find((symbol) => homeOf(symbol, 4) === 2)!;
      assert.equal(
        await client.send(`BUY ${other} 1 1`),
        `REJECT ${other} is not of shard 0: as a new symbol it goes to shard 2 of 4; send the order again`,
      );
      await shards.run(1, 1);
      await using beyond = await shards.client(1);
      for (const symbol of NEW) {
        assert.match(await beyond.send(`BUY ${symbol} 1 1`), / is not of shard 1: .+ of 1; /);
      }
      assert.deepEqual(shards.symbols().map((symbols) => [...symbols]), [[MOVED], []]);
    }),
);

systemTest(
  "orderd tells its symbols, and rejects what asks for them otherwise",
  (context) =>
    withShards(context, async (shards) => {
      await shards.run(0, 1);
      await using client = await shards.client(0);
      const many = Array.from({ length: 1500 }, (_, index) => `S${index}`);
      const orders = [...many, ...many.slice(0, 10)].map((symbol) =>
        client.send(`BUY ${symbol} 1 1`)
      );
      await Promise.all(orders);
      const told = async (from: number) => (await client.send(`SYMBOLS ${from}`)).split(" ");
      assert.deepEqual(await told(0), ["SYMBOLS", "0/1", "1500", ...many.slice(0, 1000)]);
      assert.deepEqual(await told(1000), ["SYMBOLS", "0/1", "1500", ...many.slice(1000)]);
      assert.deepEqual(await told(1500), ["SYMBOLS", "0/1", "1500"]);
      assert.equal(await client.send("SYMBOLS 1501"), "REJECT there are only 1500 symbols");
      for (const rest of ["", " ", " -1", " 0 0", " x", " 9999999999", " 1e3", " 0\0"]) {
        assert.match(await client.send(`SYMBOLS${rest}`), /^REJECT expected SYMBOLS and how many /);
      }
      assert.match(await client.send("SYMBOLS0"), /^REJECT unknown request "SYMBOLS0"/);
      assert.match(await client.send("BUY S1 1 1"), /^ACCEPT /);
    }),
);

async function rejects(gateway: Gateway, symbol: string, reason: RegExp): Promise<void> {
  assert.match(await gateway.buy(symbol), reason);
}

systemTest(
  "while a shard is down its symbols are rejected, and all others trade",
  (context) =>
    withShards(context, async (shards) => {
      await shards.runAll(2);
      {
        await using gateway = await shards.gateway(2);
        assert.equal(acceptedBy(await gateway.buy(MOVED)), 0);
        assert.equal(acceptedBy(await gateway.buy(ELSEWHERE[0]!)), 1);
      }
      await shards.runAll(4);
      const [fresh, unseen] = ELSEWHERE.filter((symbol) => homeOf(symbol, 4) === 1).slice(1);
      {
        await using gateway = await shards.gateway(4);
        await shards.stop(0);
        const down = /^REJECT shard 0 \(127\.0\.0\.1:\d+\) is down$/;
        await until("it is seen", async () => down.test(await gateway.buy(MOVED)));
        assert.equal(acceptedBy(await gateway.buy(ELSEWHERE[0]!)), 1);
        assert.equal(acceptedBy(await gateway.buy(fresh!)), 1);
        await shards.run(0, 4);
        await until("it is back", async () => /^ACCEPT/.test(await gateway.buy(MOVED)));
      }
      await shards.stop(0);
      // This one has never heard of what shard 0 has, so any symbol that no other has may be there.
      await using gateway = await shards.gateway(4);
      const may = /^REJECT shard 0 \(127\.0\.0\.1:\d+\) is down, and may have that symbol$/;
      await rejects(gateway, MOVED, may);
      await rejects(gateway, unseen!, may);
      assert.equal(acceptedBy(await gateway.buy(fresh!)), 1);
      await shards.run(0, 4);
      await until("it has told", async () => /^ACCEPT/.test(await gateway.buy(unseen!)));
      assert.equal(acceptedBy(await gateway.buy(MOVED)), 0);
    }),
);

systemTest(
  "a gateway waits for shards that are still those of another number",
  (context) =>
    withShards(context, async (shards) => {
      await shards.runAll(2);
      {
        await using old = await shards.gateway(2);
        assert.equal(acceptedBy(await old.buy(MOVED)), 0);
      }
      for (const index of [0, 2, 3]) await shards.run(index, 4);
      await using gateway = await shards.gateway(4);
      assert.equal(acceptedBy(await gateway.buy(MOVED)), 0);
      for (const symbol of NEW) {
        await rejects(gateway, symbol, /^REJECT shard 1 \(.+\) is one of 2, not of 4, and /);
      }
      await shards.run(1, 4);
      await until("shard 1 has told", async () => /^ACCEPT/.test(await gateway.buy(NEW[0]!)));
      for (const symbol of NEW) {
        assert.equal(acceptedBy(await gateway.buy(symbol)), homeOf(symbol, 4));
      }
    }),
);

/** What shards that are none may say to a gateway, and what it says of them. */
const LIARS: Readonly<Record<string, string>> = {
  "is another shard": "SYMBOLS 1/2 0\n",
  "is no shard": "SYMBOLS 0/0 0\n",
  "knows no such request": "REJECT unknown request\n",
  "tells no symbol": "SYMBOLS 0/1 2 acme WIDG\n",
  "tells more than it has": "SYMBOLS 0/1 1 ACME WIDG\n",
  "tells too few": "SYMBOLS 0/1 1\n",
  "has no number": "SYMBOLS 0/1 x\n",
  "says nothing that makes sense": "\0\n\n \n",
  "tells half of a line": "SYMBOLS 0/1 1 AC",
};

systemTest("a gateway takes nothing for a shard that does not tell its symbols", async (
  { thread },
) => {
  for (const [what, answer] of Object.entries(LIARS)) {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const serving = serveOnce(listener, answer);
    const { port } = listener.addr as Deno.NetAddr;
    await using gateway = await gatewayTo(thread, [new SockaddrIn("127.0.0.1", port)], 1);
    await rejects(gateway, "ACME", /^REJECT shard 0 \(.+\) is down(, and may have that symbol)?$/);
    assert.equal(await serving, "SYMBOLS 0\n", what);
  }
});

/** Answers the first thing that the first client says, closes, and serves nobody else. */
async function serveOnce(listener: Deno.Listener, answer: string): Promise<string> {
  using connection = await listener.accept();
  const bytes = new Uint8Array(1024);
  const length = await connection.read(bytes);
  await connection.write(new TextEncoder().encode(answer));
  return new TextDecoder().decode(bytes.subarray(0, length ?? 0));
}

Deno.test("no symbol gets to two shards while their number changes under orders", () =>
  shardChanges(6));

systemTest("books are found wherever they are, and are missed where they are not", async (
  { host, thread, tmpdir },
) => {
  await using other = await localHost({ name: "other" });
  const [a, b] = [`${tmpdir.join("a")}`, `${tmpdir.join("b")}`];
  const roots = new Map([[host, thread.path(a)], [other, other.thread.path(b)]]);
  for (const root of [a, b]) await thread.mkdir(root);
  const open = async (hosts: readonly Host[], count: number) => {
    const given = new Map([...roots].filter(([host]) => hosts.includes(host)));
    return (await openBooks(hosts, given, count)).map(({ data }) => `${data}`);
  };
  const two = [`${a}/shard-0`, `${b}/shard-1`];
  assert.deepEqual(await open([host, other], 2), two);
  assert.deepEqual(await open([other, host], 2), two);
  assert.deepEqual(await open([host, other], 1), two);
  const four = [...two, `${b}/shard-2`, `${a}/shard-3`];
  assert.deepEqual(await open([other, host], 4), four);
  assert.deepEqual(await open([host, other], 1), four);
  await assert.rejects(
    open([host], 1),
    /^Error: The books of shard 1 are missing: they are on host other, /,
  );
  await thread.mkdir(`${a}/shard-1`);
  assert.deepEqual(await open([host, other], 1), four);
  await thread.mkdir(`${b}/shard-4`);
  await thread.mkdir(`${a}/shard-4`);
  await assert.rejects(
    open([host, other], 1),
    /^Error: The books of shard 4 are on local and /,
  );
  await assert.rejects(open([host], 257), /There may be 1 to 256 shards, not 257/);
});

Deno.test("up has as many shards as it is told, and all that have books", async () => {
  const data = await Deno.makeTempDir();
  const cli = Cli.fromSource();
  const shards = async (...flags: string[]) => {
    await using up = await cli.up(["--data", data, ...flags], crypto.randomUUID());
    const orders = OLD.map((symbol) => `BUY ${symbol} 1 1\n`).join("");
    const { stdout, stderr } = await cli.run(["trade", "--to", up.address], orders);
    assert.match(stdout, /^(ACCEPT \d+\n){26}$/, stderr);
    return up.services.filter(({ address }) => address.endsWith("positions.sock")).length;
  };
  try {
    assert.equal(await shards(), 2);
    assert.equal(await shards("--shards", "3"), 3);
    assert.equal(await shards(), 3);
    const { code, stderr } = await cli.run(["up", "--data", data, "--shards", "0"]);
    assert.equal(code, 1);
    assert.match(stderr, /There may be 1 to 256 shards, not 0/);
  } finally {
    await Deno.remove(data, { recursive: true });
  }
});

Deno.test({
  name: "up without a host that has books names it",
  ignore: !testHostsAvailable().ok,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 2 });
    const cli = Cli.fromSource();
    const flags = (...hosts: string[]) => [
      ...["--topology", "prod", "--ssh-config", network.sshConfig, "--data", "/tmp/books"],
      ...["front=host0", ...hosts.map((host) => `shard=${host}`)].flatMap((
        role,
      ) => ["--host", role]),
    ];
    {
      await using up = await cli.up(flags("host0", "host1"), crypto.randomUUID());
      assert.equal(up.services.length, 5);
    }
    const state = await Deno.makeTempDir();
    const { code, stderr } = await cli.run(["up", ...flags("host0")], "", {
      XDG_STATE_HOME: state,
    });
    await Deno.remove(state, { recursive: true });
    assert.equal(code, 1);
    assert.match(stderr, /The books of shard 1 are missing: they are on host host1, /);
    await using up = await cli.up(flags("host1", "host0"), crypto.randomUUID());
    assert.equal(up.services.length, 5);
  },
});
