/**
 * What `up` would change in a system that stands: shown, and agreed to, before anything is changed. Who is asked is
 * shown it before the program in charge is cut off, too; so a plan is made beside that first, and once more when this
 * program is in charge, as the world goes on meanwhile.
 */
import type { Host } from "../../hosts/mod.ts";
import type { Nursery } from "../../nursery/mod.ts";
import {
  foundHost,
  foundOn,
  type FoundStanding,
  type Plan,
  type PlannedAction,
  type PlannedDeed,
  planOf,
  planText,
} from "../../system/mod.ts";
import { PassingError } from "../../service/mod.ts";
import type { Terminal } from "../../tools/mod.ts";
import type { Standing } from "../../wire/mod.ts";
import { causeIn, DeclinedError } from "../exit_status.ts";
import { ConnectedHosts } from "../places.ts";
import type { TargetOptions, Targets } from "../targets.ts";
import { UsageError } from "../usage_error.ts";

/** What a system would leave behind that is not found again when its program is another. */
export class PassingCodeError extends Error {
  override readonly name = "PassingCodeError";
}

/** What a plan is made of. */
export interface PlanningOptions {
  readonly system: string;
  readonly targets: Targets;
  readonly options: TargetOptions;
  readonly terminal: Terminal;
  /** The system, on hosts that are connected to. */
  readonly body: (hosts: ConnectedHosts) => (nursery: Nursery) => Promise<unknown>;
  /** Whether somebody is to be asked. */
  readonly asks: boolean;
}

/** The plan of one `up`. */
export class Planning {
  readonly #options: PlanningOptions;
  /** What was agreed to. */
  #agreed: string | undefined;

  constructor(options: PlanningOptions) {
    this.#options = options;
  }

  /**
   * What would be changed now, beside whoever is in charge.
   *
   * @throws {PassingError} If the system is started from what would not outlive the program.
   * @throws {PassingCodeError} If it makes what would not.
   */
  async look(): Promise<Plan> {
    const { targets, options, system } = this.#options;
    const connect = (mode: "look" | "plan") =>
      ConnectedHosts.connect(targets, { ...options, standing: { system, mode } });
    await using there = await connect("look");
    await using hosts = await connect("plan");
    return await this.#planOn(hosts, await foundOnAll(there, (host) => host.look()));
  }

  /**
   * Asks before the program in charge is cut off.
   *
   * @throws {DeclinedError} If the answer is no.
   */
  async agree(): Promise<void> {
    const plan = await this.look();
    if (stands(plan)) await this.#agree(plan);
  }

  /**
   * What is to be done, when this program is in charge; shown, and asked again if that is other than what was agreed
   * to.
   *
   * @throws {DeclinedError} If the answer is no.
   */
  async decide(hosts: ConnectedHosts): Promise<Plan> {
    const stood = ({ info }: Host) => info.standing!.stands;
    const plan = await this.#planOn(hosts, await foundOnAll(hosts, stood));
    if (hosts.stood && plan.digest !== this.#agreed) await this.#agree(plan);
    return plan;
  }

  async #agree(plan: Plan): Promise<void> {
    const { terminal, asks } = this.#options;
    for (const line of planText(plan).split("\n")) terminal.say(line);
    this.#agreed = plan.digest;
    if (!asks || plan.isEmpty || await terminal.ask("Go ahead?")) return;
    throw new DeclinedError("Nothing was changed");
  }

  async #planOn(hosts: ConnectedHosts, left: readonly FoundStanding[]): Promise<Plan> {
    const own = Array.from(hosts.hosts, ([name, host]) => foundHost(name, host));
    const plan = await planOf(this.#options.body(hosts), [...own, ...left]);
    checkLasting(plan);
    return plan;
  }
}

/** What earlier programs have left on all hosts, by what stands on each. */
async function foundOnAll(
  { hosts }: ConnectedHosts,
  standsOn: (host: Host) => readonly Standing[] | Promise<readonly Standing[]>,
): Promise<FoundStanding[]> {
  const found = hosts.values().map(async (host) => foundOn(host.name, await standsOn(host)));
  return (await Promise.all(found)).flat();
}

const NEW: readonly PlannedDeed[] = ["start", "make", "run"];

/** Whether there is anything that a plan could leave alone, or change. */
function stands({ actions, seals }: Plan): boolean {
  const isNew = ({ deed, kind }: PlannedAction) => kind === "host" || NEW.includes(deed);
  return seals.length > 0 || !actions.every(isNew);
}

/** @throws If something would not outlive the program, or the system was given options that make no sense. */
function checkLasting({ seals }: Plan): void {
  for (const { cause } of seals) {
    const mistake = causeIn(cause, PassingError) ?? causeIn(cause, UsageError);
    if (mistake) throw mistake;
  }
  const passing = seals.filter(({ instead }) => instead !== undefined);
  if (passing.length === 0) return;
  const lines = passing.flatMap(({ place, scope, what, instead }) => [
    `${place ?? "somewhere"}${scope === "" ? "" : ` in scope ${scope}`} would ${what}`,
    `write instead: ${instead}`,
  ]);
  throw new PassingCodeError(
    `What is made so does not outlive the program, and each program would have another one:\n${
      lines.join("\n")
    }`,
  );
}
