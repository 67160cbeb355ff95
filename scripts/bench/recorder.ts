/** What the flight recorder costs. */
import { localHost } from "bailiwick";
import { recorder } from "../../lib/agent/mod.ts";
import { microseconds, takeTurns } from "./measure.ts";
import { type Group, ratioAtMost, type Samples } from "./row.ts";

const [ON, OFF] = ["recorder on", "recorder off"];

/** One process, one agent: only whether it records is other from turn to turn. */
export const recording: Group = {
  rows: [{
    name: "getpid on a thread, with the flight recorder",
    unit: "µs",
    ours: ON!,
    other: OFF!,
    reach: ratioAtMost(1.05),
  }],
  async measure(): Promise<Samples> {
    await using host = await localHost();
    const { thread } = host;
    await microseconds(5000, () => thread.getpid());
    const turn = (isOn: boolean) => async () => {
      recorder.isOn = isOn;
      return await microseconds(50, () => thread.getpid());
    };
    return await takeTurns(400, { [ON!]: turn(true), [OFF!]: turn(false) });
  },
};
