/** Services of a standing host that end while there is no program: what the next one tells of them. */
import assert from "node:assert/strict";
import { Command, letGo, localHost, Model, Nursery, startService, supervise } from "bailiwick";
import { until } from "bailiwick/testing";
import { choose, type Dice, dice } from "./dice.ts";

/** As many as end between two programs. */
export const AT_ONCE = 25;

/** Says so many lines and ends with a status when it is told to. */
const SCRIPT = `
  trap 'i=0; while [ $i -lt $3 ]; do echo "$1 line $i"; i=$((i+1)); done; exit $2' TERM
  echo >&3; exec 3>&-; sleep 1000 & wait`;

/** What one will have said and done. */
interface End {
  readonly signal: "SIGTERM" | "SIGKILL";
  readonly status: number;
  readonly lines: number;
  readonly mark: number;
}

/** A system whose services end between its programs. */
class Unattended implements AsyncDisposable {
  readonly #state: string;

  private constructor(state: string) {
    this.#state = state;
  }

  static async make(): Promise<Unattended> {
    return new Unattended(await Deno.makeTempDir({ prefix: "unattended-" }));
  }

  /** One program has them, all end, and the next one tells of that; the one after says nothing any more. */
  async round(roll: Dice, round: number): Promise<void> {
    const ends = Array.from({ length: AT_ONCE }, (_, index): End => ({
      signal: choose(roll, ["SIGTERM", "SIGTERM", "SIGKILL"] as const),
      ...{ status: roll(200), lines: roll(12), mark: round * AT_ONCE + index },
    }));
    const { pids } = await this.#run(ends);
    const begun = Date.now();
    for (const [index, { signal }] of ends.entries()) Deno.kill(pids[index]!, signal);
    await until("all have ended", async () => (await this.#ended()) === AT_ONCE);
    const next = await this.#run(ends);
    assert.equal(next.told.length, AT_ONCE);
    for (const [index, { signal, status, lines, mark }] of ends.entries()) {
      const told = next.told.filter(({ path }) => path === `s${index}`);
      assert.equal(told.length, 1, `s${index}`);
      const { end, ended, lastLines } = told[0]!;
      const says = signal === "SIGTERM";
      assert.equal(end.status, says ? `exited with status ${status}` : "killed by SIGKILL");
      assert.ok(begun - 1000 <= ended && ended <= Date.now(), `s${index} ended at ${ended}`);
      const said = Array.from({ length: says ? lines : 0 }, (_, at) => `s${mark} line ${at}`);
      assert.deepEqual(lastLines, said);
    }
    assert.deepEqual(next.pids.filter((pid) => pids.includes(pid)), []);
    const last = await this.#run(ends);
    assert.deepEqual(last, { told: [], pids: next.pids });
  }

  /** A program that starts what does not stand, and lets go. */
  async #run(ends: readonly End[]) {
    const model = new Model();
    await using host = await this.#connect(model);
    const services = await Nursery.run(async (nursery) => {
      const services = await supervise(nursery, "", async (nursery) => {
        return await Promise.all(ends.map(({ status, lines, mark }, index) => {
          const words = ["-c", SCRIPT, "sh", `s${mark}`, `${status}`, `${lines}`];
          const options = { name: `s${index}`, ready: 3, uses: [] };
          return startService(nursery, host.thread, new Command("sh", words), options);
        }));
      });
      letGo(nursery);
      nursery.cancel();
      return services;
    });
    const told = model.events.filter((event) => event.kind === "service-ended-unattended");
    return { told, pids: services.map(({ pid }) => pid) };
  }

  async #ended(): Promise<number> {
    await using host = await this.#connect(new Model(), "look");
    return (await host.look()).filter(({ state }) => state === "ended").length;
  }

  #connect(model: Model, mode: "take-over" | "look" = "take-over") {
    const environment = { XDG_STATE_HOME: this.#state };
    return localHost({ standing: { system: "unattended", mode }, model, environment });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#connect(new Model())).down();
    await Deno.remove(this.#state, { recursive: true });
  }
}

/** Rounds of one system, in each of which many end. @param first The number of the first round. */
export async function unattendedRounds(rounds: number, first: number): Promise<void> {
  await using system = await Unattended.make();
  for (let round = first; round < first + rounds; round++) await system.round(dice(round), round);
}
