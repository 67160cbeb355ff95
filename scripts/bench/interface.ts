/** Looking at a running system. */
import { StandingCli } from "../../tests/support/standing.ts";
import { takeTurns } from "./measure.ts";
import { type Group, type Samples, slowerByAtMost } from "./row.ts";
import { succeed } from "./ssh_peers.ts";

const SERVICES = 100;
const [PS, EVAL] = ["ps", "deno eval 1"];

/** The whole process, from its bundle, of a system that a program runs. */
export const ps: Group = {
  rows: [{
    name: `ps of ${SERVICES} services, the whole process`,
    unit: "ms",
    ours: PS!,
    other: EVAL!,
    reach: slowerByAtMost(30, "ms"),
  }],
  async measure(): Promise<Samples> {
    await using cli = await StandingCli.make("standing.ts");
    const up = await cli.up("--count", `${SERVICES}`);
    const samples = await takeTurns(20, {
      [PS!]: async () => {
        const begin = performance.now();
        await cli.run("ps");
        return performance.now() - begin;
      },
      [EVAL!]: async () => {
        const begin = performance.now();
        await succeed([Deno.execPath(), "eval", "1"]);
        return performance.now() - begin;
      },
    });
    await up.kill("SIGINT");
    return samples;
  },
};
