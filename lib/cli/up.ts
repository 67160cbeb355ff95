/** `up`: the system runs until it fails, or somebody ends it. */
import { planText } from "../system/mod.ts";
import { Terminal } from "../tools/mod.ts";
import { targetOptions, targetsOf, withHostPaths } from "./flags.ts";
import { runSystem } from "./run_system.ts";
import { howToConfirm } from "./standing/change.ts";
import { detach } from "./standing/detach.ts";
import { standingOf } from "./standing/flags.ts";
import { Planning } from "./standing/planning.ts";
import { SystemState } from "./standing/state.ts";
import { startOn } from "./start_on.ts";
import type { AnySystem } from "./system.ts";
import type { Given, UpFlags } from "./up_flags.ts";

/**
 * Runs a system.
 *
 * @param values Those of the system's own options.
 * @param givenTo What the command line means to another system.
 * @throws {UsageError} If the flags make no sense.
 * @throws {ConnectError} If a host cannot be used.
 * @throws {OccupiedError} If another program is in charge of it, and is to stay so.
 * @throws {DeclinedError} If who was asked has said no.
 */
export async function up(
  system: AnySystem,
  flags: UpFlags,
  values: Given["values"],
  givenTo: (system: AnySystem) => Promise<Given>,
): Promise<void> {
  const begin = performance.now();
  const terminal = new Terminal();
  const standing = standingOf(system, flags);
  const targets = targetsOf(system.topologies, flags);
  const options = withHostPaths(system.options ?? {}, values, targets, flags);
  const asks = terminal.canAsk && !flags.yes;
  const planning = standing && !flags.noPlan
    ? new Planning({
      ...{ system: standing.system, targets, terminal, asks, options: targetOptions(flags) },
      body: (hosts) => startOn(hosts, system, options),
    })
    : undefined;
  if (planning && flags.plan) {
    const plan = await planning.look();
    console.log(flags.json ? JSON.stringify(plan) : planText(plan));
    return;
  }
  if (asks) await planning?.agree();
  if (standing && flags.detach) {
    const { confirm: most } = flags;
    if (most !== undefined) {
      terminal.say(
        `When all is ready, confirm it ${howToConfirm(system.name, standing.system, most)}`,
      );
    }
    Deno.exitCode = await detach(new SystemState(standing.system), terminal);
    return;
  }
  const asked = { system, flags, options, targets, standing, planning };
  await runSystem(asked, givenTo, terminal, begin);
}
