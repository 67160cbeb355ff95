/** Running a large scope again of which nothing has changed. */
import { Command, localHost, Nursery, scopeOf, startService, supervise } from "bailiwick";
import { atMost, type Group, type Samples } from "./row.ts";

const SERVICES = 1000;
const ROUNDS = 10;
const NAME = "scope of 1,000 services, nothing changed, run again";

/** Such runs, and what the host is asked meanwhile. */
export const scopes: Group = {
  rows: [
    { name: NAME, unit: "ms", ours: "run", reach: atMost(50, "ms") },
    { name: `${NAME}: read by the host`, unit: "bytes", ours: "bytes", reach: atMost(0, "bytes") },
  ],
  async measure(): Promise<Samples> {
    await using host = await localHost();
    const read = async () => {
      const counts = await Deno.readTextFile(`/proc/${host.info.pid}/io`);
      return Number(/rchar: (\d+)/.exec(counts)![1]);
    };
    const samples = { run: [] as number[], bytes: [] as number[] };
    await Nursery.run(async (nursery) => {
      await supervise(nursery, "", async (nursery) => {
        const names = Array.from({ length: SERVICES }, (_, index) => `service-${index}`);
        await Promise.all(
          names.map((name) =>
            startService(nursery, host.thread, new Command("sleep", ["infinity"]), { name })
          ),
        );
      });
      for (let round = 0; round <= ROUNDS; round++) {
        const [before, begin] = [await read(), performance.now()];
        await scopeOf(nursery, "").run();
        const took = performance.now() - begin;
        if (round === 0) continue;
        samples.run.push(took);
        samples.bytes.push(await read() - before);
      }
      nursery.cancel();
    });
    return samples;
  },
};
