/** How long a client is without answers while another build takes the whole example over. */
import { localHost, Nursery } from "bailiwick";
import { endCleanly, ShardByHand } from "../../tests/support/shard_by_hand.ts";
import { StandingCli } from "../../tests/support/standing.ts";
import { BUILDS, Exchange } from "../../tests/support/upgrades.ts";
import { gapOf } from "./gap.ts";
import { takeTurns } from "./measure.ts";
import { type Group, percentile, ratioAtMost, type Samples } from "./row.ts";

const ROUNDS = 20;
const [OURS, SCRIPT] = ["up", "script: TERM, wait, start"];

/**
 * All five services are replaced; the script replaces orderd alone. Its client looks on for as long as `up` took:
 * whatever else the machine and its disk do holds up both alike.
 */
export const upgrade: Group = {
  rows: [{
    name: `upgrade under load: longest gap seen by a client (99th percentile of ${ROUNDS})`,
    unit: "ms",
    ours: OURS!,
    other: SCRIPT!,
    reach: ratioAtMost(1),
  }],
  async measure(): Promise<Samples> {
    await using cli = await StandingCli.make("exchange.ts");
    const exchange = new Exchange(cli);
    const { port } = await exchange.begin();
    await using host = await localHost();
    const { thread } = host;
    await using tmpdir = await thread.mkdtemp();
    let [round, lasts] = [0, 0];
    return await Nursery.run(async (nursery) => {
      await using shard = await ShardByHand.make({ nursery, host, thread, tmpdir });
      await shard.positiond();
      let byHand = await shard.orderd();
      const samples = await takeTurns(ROUNDS, {
        [OURS!]: () =>
          gapOf(port, async () => {
            const begin = performance.now();
            await cli.use(BUILDS[++round % 2]!);
            await cli.up("--data", exchange.data);
            lasts = performance.now() - begin;
          }),
        [SCRIPT!]: () =>
          gapOf(shard.socket.port, async () => {
            const over = new Promise((resolve) => setTimeout(resolve, lasts));
            await endCleanly(byHand);
            byHand = await shard.orderd();
            await over;
          }),
      });
      nursery.cancel();
      return Object.fromEntries(
        Object.entries(samples).map(([name, gaps]) => [name, [percentile(gaps, 0.99)]]),
      );
    });
  },
};
