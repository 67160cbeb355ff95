/** Rounds of trading that end with the death of a daemon, and the comparison of the books after it. */
import assert from "node:assert/strict";
import { Nursery, type Path, type Thread } from "bailiwick";
import { runSystem } from "bailiwick/testing";
import { localHost } from "bailiwick";
import { startShard } from "../../components/trading.ts";
import { assertStored, positionsAfter, storedOrders, totals } from "./books.ts";
import { type Acknowledged, hash, Traders } from "./traders.ts";

const CLIENTS = 8;
const MOST_ORDERS = 300;

/** Runs the system, kills a daemon at a random moment of it, and checks the books, over and over. */
export async function crashRounds(victim: string, rounds: number): Promise<void> {
  await runSystem(localHost, async ({ thread, tmpdir }) => {
    const acknowledged: Acknowledged[] = [];
    const data = tmpdir.join("data");
    for (let round = 0; round < rounds; round++) {
      acknowledged.push(...await tradeUntilKilled(thread, data, victim, round));
      await compareBooks(thread, data, acknowledged);
    }
    assert.ok(acknowledged.length >= rounds);
  });
}

async function tradeUntilKilled(
  thread: Thread,
  data: Path,
  victim: string,
  round: number,
): Promise<Acknowledged[]> {
  const traders = new Traders(round);
  await Nursery.run(async (nursery) => {
    const { orderd } = await startShard(nursery, { thread, address: "127.0.0.1", data });
    assert.ok("port" in orderd.address);
    await traders.start(orderd.address, CLIENTS);
    await traders.reached(1 + hash(round) % MOST_ORDERS);
    const rows = thread.host.model.services;
    Deno.kill(rows.findLast(({ path }) => path === `shard-0/${victim}`)!.pid, "SIGKILL");
    nursery.cancel();
  });
  await traders.stop();
  return traders.acknowledged;
}

async function compareBooks(
  thread: Thread,
  data: Path,
  acknowledged: readonly Acknowledged[],
): Promise<void> {
  await Nursery.run(async (nursery) => {
    const { positiond } = await startShard(nursery, { thread, address: "127.0.0.1", data });
    const rows = storedOrders(`${data.join("orders.db")}`);
    assertStored(acknowledged, rows);
    assert.deepEqual(await positionsAfter(positiond, rows.at(-1)!.id), totals(rows));
    nursery.cancel();
  });
}
