/** How long a client is without answers while orderd is replaced. */
import { localHost, Nursery, scopeOf, SockaddrIn, supervise } from "bailiwick";
import {
  Database,
  OrderClient,
  OrdersNotTakenError,
  startOrderd,
} from "../../components/orderd/mod.ts";
import { startPositiond } from "../../components/positiond/mod.ts";
import { endCleanly, ShardByHand } from "../../tests/support/shard_by_hand.ts";
import { takeTurns } from "./measure.ts";
import { type Group, percentile, ratioAtMost, type Samples } from "./row.ts";

const ROUNDS = 50;
const [OURS, SCRIPT] = ["scope", "script: TERM, wait, start"];

/** Replacements that stop the old one first. */
export const gap: Group = {
  rows: [{
    name: `gap seen by a client when orderd is replaced, stop-first (99th percentile of ${ROUNDS})`,
    unit: "ms",
    ours: OURS!,
    other: SCRIPT!,
    reach: ratioAtMost(1),
  }],
  async measure(): Promise<Samples> {
    await using host = await localHost();
    const { thread } = host;
    await using tmpdir = await thread.mkdtemp();
    return await Nursery.run(async (nursery) => {
      const database = await Database.make(thread, tmpdir.join("orders.db"));
      const sock = await thread.listen(new SockaddrIn("127.0.0.1", 0));
      const { address } = await supervise(nursery, "", async (nursery) => {
        const positiond = await startPositiond(nursery, thread, tmpdir.join("workdir"));
        return await startOrderd(nursery, thread, positiond, sock, database);
      });
      const port = Number(`${address}`.split(":").at(-1));
      await using shard = await ShardByHand.make({ nursery, host, thread, tmpdir });
      await shard.positiond();
      let byHand = await shard.orderd();
      const samples = await takeTurns(ROUNDS, {
        [OURS!]: () => gapOf(port, () => scopeOf(nursery, "").restart("orderd")),
        [SCRIPT!]: () =>
          gapOf(shard.socket.port, async () => {
            await endCleanly(byHand);
            byHand = await shard.orderd();
          }),
      });
      nursery.cancel();
      await sock.close();
      return Object.fromEntries(
        Object.entries(samples).map(([name, gaps]) => [name, [percentile(gaps, 0.99)]]),
      );
    });
  },
};

/** The longest time in milliseconds between two answers of a client that always waits for one. */
export async function gapOf(port: number, replace: () => Promise<unknown>): Promise<number> {
  let client = await OrderClient.connect({ port });
  let [longest, isDone] = [0, false];
  await client.send("BUY ACME 1 1");
  let last = performance.now();
  const replaced = replace().finally(() => isDone = true);
  while (!isDone) {
    try {
      await client.send("BUY ACME 1 1");
    } catch (error) {
      if (!(error instanceof OrdersNotTakenError)) throw error;
      await client.close();
      client = await OrderClient.connect({ port });
      continue;
    }
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }
  await replaced;
  await client.close();
  return longest;
}
