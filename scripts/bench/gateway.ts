/** What the gateway costs. */
import { localHost, Nursery } from "bailiwick";
import { startTrading } from "../../components/trading.ts";
import { takeTurns } from "./measure.ts";
import { runJsonPeer } from "./peers.ts";
import { type Group, ratioAtLeast, type Samples } from "./row.ts";

const CLIENTS = 64;
const SECONDS = 1;

/** Orders through gatewayd, beside the same orders sent to one orderd. */
export const gateway: Group = {
  rows: [{
    name: `acknowledged orders through gatewayd, ${CLIENTS} clients, 2 shards`,
    unit: "1/s",
    ours: "gatewayd",
    other: "one orderd directly",
    reach: ratioAtLeast(0.8),
  }],
  async measure(): Promise<Samples> {
    await using host = await localHost();
    await using tmpdir = await host.thread.mkdtemp();
    return await Nursery.run(async (nursery) => {
      const place = { thread: host.thread, address: "127.0.0.1" };
      const shards = [0, 1].map((index) => ({ ...place, data: tmpdir.join(`shard-${index}`) }));
      const trading = await startTrading(nursery, { front: { ...place, port: 0 }, shards });
      const samples = await takeTurns(6, {
        "gatewayd": () => load(`${trading.gatewayd.address}`),
        "one orderd directly": () => load(`${trading.shards[0]!.orderd.address}`),
      });
      nursery.cancel();
      return samples;
    });
  },
};

async function load(address: string): Promise<number> {
  const [host, port] = address.split(":");
  return (await runJsonPeer("load", host!, port!, CLIENTS, SECONDS))["per_second"]!;
}
