/** `ps` and `wait`: what stands of a system, with or without a program that is in charge. */
import { type Milliseconds, systemClock, TimeLimit } from "../../clock/mod.ts";
import { nearest } from "../../system/policy/nearest.ts";
import { EXIT } from "../../tools/mod.ts";
import type { AnySystem } from "../system.ts";
import { UsageError } from "../usage_error.ts";
import { type SystemFlags, systemNameOf } from "./flags.ts";
import { runningProgram } from "./program.ts";
import { Lookouts, type Sight } from "./lookouts.ts";
import { HostRecord } from "./record.ts";
import { type ServiceLine, serviceLinesTable } from "./rows.ts";
import { SystemState } from "./state.ts";

/** How often `wait` looks. */
const PERIOD: Milliseconds = 100;

/**
 * Prints a row for each service; status 1 if a host cannot be reached.
 *
 * @throws {UsageError} If the system is not known on this machine.
 */
export async function ps(system: AnySystem, flags: SystemFlags & { json: boolean }): Promise<void> {
  const state = await SystemState.known(systemNameOf(system, flags));
  await using lookouts = new Lookouts(state.system, system.topologies);
  const sights = await lookouts.look(await new HostRecord(state).hosts());
  const rows = sights.flatMap(({ rows }) => rows);
  if (flags.json) rows.forEach((row) => console.log(JSON.stringify(row)));
  else if (rows.length > 0) console.log(serviceLinesTable(rows));
  tellProblems(sights);
  if (!flags.json && !await runningProgram(state)) {
    console.error("No program of it runs on this machine");
  }
}

/**
 * Waits until services are ready, or run if they have no way to say that they are; all of them if none is named.
 *
 * @throws {UsageError} If there is no such service, and no program that might start it.
 */
export async function wait(
  system: AnySystem,
  names: readonly string[],
  flags: SystemFlags & { timeout?: Milliseconds },
): Promise<void> {
  const state = await SystemState.known(systemNameOf(system, flags));
  using limit = new TimeLimit(
    systemClock,
    flags.timeout ?? Infinity,
    () => new Error("It is too late"),
  );
  await using lookouts = new Lookouts(state.system, system.topologies, limit.signal);
  let left: readonly string[];
  do {
    left = await notReady(state, lookouts, names);
    if (left.length === 0) return;
    await systemClock.sleep(PERIOD, { signal: limit.signal }).catch(() => {});
  } while (!limit.signal.aborted);
  console.error(`Not ready in time: ${left.join(", ")}`);
  Deno.exitCode = EXIT.LATE;
}

/** Tells of the hosts that cannot be reached. */
export function tellProblems(sights: readonly Sight[]): void {
  for (const { host, problem } of sights) {
    if (problem === undefined) continue;
    console.error(`${host} cannot be reached, and what runs there is unknown: ${problem}`);
    Deno.exitCode = EXIT.FAILED;
  }
}

/** What is waited for still, in words. */
async function notReady(
  state: SystemState,
  lookouts: Lookouts,
  names: readonly string[],
): Promise<readonly string[]> {
  // The program first: what it has started when it says that all is ready is seen afterwards.
  const program = await runningProgram(state);
  const rows = (await lookouts.look(await new HostRecord(state).hosts())).flatMap(({ rows }) =>
    rows
  );
  const isStarting = program !== undefined && program.ready === undefined;
  if (!isStarting) checkNames(names, rows);
  const wanted = names.length > 0 ? names : rows.map(({ name }) => name);
  const ready = new Set(rows.filter(isReady).map(({ name }) => name));
  const left = wanted.filter((name) => !ready.has(name));
  return names.length === 0 && isStarting ? [...left, "what its program starts"] : left;
}

function isReady({ state }: ServiceLine): boolean {
  return state === "ready" || state === "running";
}

function checkNames(names: readonly string[], rows: readonly ServiceLine[]): void {
  const known = rows.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const others = known.length === 0
    ? "nothing stands"
    : `the nearest is ${nearest(unknown, known)}`;
  throw new UsageError(`There is no service ${unknown}: ${others}`);
}
