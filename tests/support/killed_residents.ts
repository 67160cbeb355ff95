/** Resident agents that are killed under their program. */
import assert from "node:assert/strict";
import {
  commandHost,
  type Host,
  Model,
  Nursery,
  scopeOf,
  type Service,
  supervise,
  useHost,
} from "bailiwick";
import { markedProcesses, until } from "bailiwick/testing";
import { type Dice, dice } from "./dice.ts";
import { expectGone } from "./gone.ts";
import { seen } from "./machines.ts";
import { start } from "./services.ts";

const SIDE_BY_SIDE = 2;
/** Kills of one program's residents: it waits longer after each. */
const KILLS = 5;
const SERVICES = 3;

/** A program whose resident is killed some times, and each time some of what runs is busy. */
async function killResidents(roll: Dice, kills: number): Promise<void> {
  const state = await Deno.makeTempDir({ prefix: "killed-" });
  const mark = crypto.randomUUID();
  const model = new Model();
  const argv = ["env", `XDG_STATE_HOME=${state}`, `BAILIWICK_TEST=${mark}`, "sh"];
  const kinds = (kind: string) => model.events.filter((event) => event.kind === kind).length;
  const connect = (signal: AbortSignal) =>
    commandHost(argv, { name: "far", standing: "killed", model, signal });
  await Nursery.run(async (nursery) => {
    let host!: Host;
    let services: Service[] = [];
    await supervise(nursery, "", async (nursery) => {
      host = await useHost(nursery, "far", connect);
      const names = Array.from({ length: SERVICES }, (_, index) => `service-${index}`);
      services = await Promise.all(
        names.map((name) => start(nursery, host.thread, name, undefined, [])),
      );
    }, { model });
    for (let done = 1; done <= kills; done++) {
      const before = services.map(({ pid }) => pid);
      await new Promise((resolve) => setTimeout(resolve, roll(20)));
      Deno.kill(host.info.pid, "SIGKILL");
      await seen(model, () => kinds("host-lost") === done);
      const isBack = () => kinds("host-connected") > done;
      await seen(model, () => isBack() && scopeOf(nursery, "").state === "standing");
      const after = services.map(({ pid }) => pid);
      assert.deepEqual(after.filter((pid) => before.includes(pid)), []);
      // One says that it is ready before it executes what it will be.
      await until("each runs once", async () => `${await sleeping(mark)}` === `${after.sort()}`);
      assert.deepEqual(services.map(({ state }) => state), services.map(() => "ready"));
    }
    assert.equal(kinds("service-ended-unattended"), 0);
    nursery.cancel();
  });
  await expectGone(mark, 5000);
  await Deno.remove(state, { recursive: true });
}

/** The pids of the services that carry a mark. */
async function sleeping(mark: string): Promise<number[]> {
  const found = (await markedProcesses(mark)).filter((line) => line.includes("Name:\tsleep"));
  return found.map((line) => Number(/^process (\d+)/.exec(line)![1])).sort();
}

/** Kills so many, of some programs side by side. @param first The number of the first one. */
export async function killedResidentRounds(rounds: number, first: number): Promise<void> {
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, async (_, index) => {
    const roll = dice(first + index);
    for (let left = rounds / SIDE_BY_SIDE; left > 0; left -= KILLS) {
      await killResidents(roll, Math.min(left, KILLS));
    }
  }));
}
