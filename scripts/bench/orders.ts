/** Orders that orderd has made durable and acknowledged. */
import { localHost, Nursery, type Path } from "bailiwick";
import { startShard } from "../../components/trading.ts";
import { takeTurns } from "./measure.ts";
import { runJsonPeer } from "./peers.ts";
import { type Group, ratioAtLeast, type Reach, type RowPlan, type Samples } from "./row.ts";

const LOOP = "C loop of SQLite transactions";
const SECONDS = 0.3;
const ROUNDS = 12;
const CLIENTS: readonly [number, Reach][] = [
  [1, ratioAtLeast(0.8)],
  [8, ratioAtLeast(4)],
  [64, ratioAtLeast(20)],
];

/** Order entry, on the disk that holds the temporary directory. */
export const orders: Group = {
  rows: CLIENTS.map(([clients, reach]): RowPlan => ({
    name: `acknowledged orders, ${nameOf(clients)}`,
    unit: "1/s",
    ours: nameOf(clients),
    other: LOOP,
    reach,
  })),
  async measure(): Promise<Samples> {
    await using host = await localHost();
    await using tmpdir = await host.thread.mkdtemp();
    return await Nursery.run(async (nursery) => {
      const place = { thread: host.thread, address: "127.0.0.1", data: tmpdir.join("shard") };
      const { orderd } = await startShard(nursery, place);
      const port = Number(`${orderd.address}`.split(":").at(-1));
      const samples = await measure(port, tmpdir);
      nursery.cancel();
      return samples;
    });
  },
};

function nameOf(clients: number): string {
  return clients === 1 ? "1 client" : `${clients} clients`;
}

function measure(port: number, directory: Path): Promise<Samples> {
  let loops = 0;
  const loop = () => perSecond("sqlite_loop", `${directory.join(`loop-${loops++}.db`)}`, SECONDS);
  const ours = CLIENTS.map(([clients]) =>
    [nameOf(clients), () => perSecond("load", "127.0.0.1", port, clients, SECONDS)] as const
  );
  return takeTurns(ROUNDS, { ...Object.fromEntries(ours), [LOOP]: loop });
}

async function perSecond(name: string, ...args: (string | number)[]): Promise<number> {
  return (await runJsonPeer(name, ...args))["per_second"]!;
}
