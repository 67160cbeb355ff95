/** Rounds in which a daemon of a running system is replaced since its arguments are others. */
import assert from "node:assert/strict";
import {
  hold,
  localHost,
  type Nursery,
  scopeOf,
  type Sockaddr,
  SockaddrIn,
  supervise,
} from "bailiwick";
import { runSystem, type SystemContext } from "bailiwick/testing";
import { startGatewayd } from "../../components/gatewayd/mod.ts";
import { startShard } from "../../components/trading.ts";
import { compareShards } from "./books.ts";
import { Traders } from "./traders.ts";

/** Starts a system whose clients connect to what it returns. */
type Start = (
  nursery: Nursery,
  context: SystemContext,
  round: number,
) => Promise<{ readonly address: Sockaddr }>;

const CONNECTIONS = 64;
/** Orders between two replacements; before the first one each symbol has its shard. */
const ORDERS = 300;

/** Replaces gatewayd in front of two shards. */
export function replaceGatewayd(times: number): Promise<void> {
  return replaceRounds(times, "gatewayd", async (nursery, { thread, tmpdir }, round) => {
    const at = new SockaddrIn("127.0.0.1", 0);
    const sock = await hold(nursery, thread, "front", () => thread.listen(at));
    const pairs = await Promise.all(["0", "1"].map((name, index) => {
      const place = { thread, address: "127.0.0.1", data: tmpdir.join(name) };
      return startShard(nursery, place, { index, count: 2 });
    }));
    const orderds = pairs.map(({ orderd }) => orderd);
    return await startGatewayd(nursery, thread, orderds, sock, { count: 2 - round % 2 });
  }, ["0", "1"]);
}

/** Replaces the orderd of a shard, to which the clients are connected. */
export function replaceOrderd(times: number): Promise<void> {
  return replaceRounds(times, "shard-0/orderd", async (nursery, { thread, tmpdir }, round) => {
    const place = { thread, address: "127.0.0.1", data: tmpdir.join("0") };
    return (await startShard(nursery, place, { index: 0, count: 1 + round % 2 })).orderd;
  }, ["0"]);
}

/** Runs a system again and again with another count of shards, which only one of its services is told. */
async function replaceRounds(
  times: number,
  path: string,
  start: Start,
  books: readonly string[],
): Promise<void> {
  await runSystem(localHost, async (context) => {
    const { nursery, host, tmpdir } = context;
    const body = (nursery: Nursery, { round }: { round: number }) => start(nursery, context, round);
    const { address } = await supervise(nursery, "", body, { arguments: { round: 0 } });
    assert.ok("port" in address);
    const starts: string[] = [];
    const traders = new Traders(times);
    await traders.start(address, CONNECTIONS);
    using _ = host.info.model.observe((event) => {
      if (event.kind === "service-started") starts.push(event.path);
    });
    for (let round = 1; round <= times; round++) {
      await traders.reached(traders.acknowledged.length + ORDERS);
      await scopeOf(nursery, "").run({ round });
    }
    await traders.reached(traders.acknowledged.length + ORDERS);
    await traders.stop();
    assert.deepEqual(starts, Array(times).fill(path));
    assert.deepEqual([traders.lost, traders.rejected, traders.refused], [0, 0, 0]);
    assert.ok(traders.moves >= times);
    await compareShards(traders.acknowledged, books.map((name) => `${tmpdir.join(name)}`));
  });
}
