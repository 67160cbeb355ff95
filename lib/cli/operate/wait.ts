/** `wait`: until services are as they are to be. */
import { type Milliseconds, systemClock, TimeLimit } from "../../clock/mod.ts";
import { type Client, ProgramGoneError, type ServiceView } from "../../operate/mod.ts";
import { nearest } from "../../system/policy/nearest.ts";
import { EXIT } from "../../tools/mod.ts";
import { type SystemFlags, systemNameOf } from "../standing/flags.ts";
import { Lookouts } from "../standing/lookouts.ts";
import { runningProgram } from "../standing/program.ts";
import { HostRecord } from "../standing/record.ts";
import type { ServiceLine } from "../standing/rows.ts";
import { SystemState } from "../standing/state.ts";
import type { AnySystem } from "../system.ts";
import { UsageError } from "../usage_error.ts";
import { findAnswering } from "./program.ts";

/** What can be waited for. */
export const GOALS = ["ready", "ended"] as const;

/** What `wait` takes. */
export interface WaitFlags extends SystemFlags {
  readonly timeout?: Milliseconds;
  readonly for?: string;
}

type Row = Pick<ServiceView | ServiceLine, "name" | "state">;

const READY: readonly Row["state"][] = ["ready", "running"];
const ENDED: readonly Row["state"][] = ["stopped", "finished", "failed", "ended"];
/** How often hosts are looked at where there is no program that tells of events. */
const PERIOD: Milliseconds = 100;

/**
 * Waits until services are ready, or run if they have no way to say that they are; all of them if none is named.
 * Status 124 if that takes too long.
 *
 * @throws {UsageError} If there is no such service, and no program that might start it.
 */
export async function wait(
  system: AnySystem,
  names: readonly string[],
  flags: WaitFlags,
): Promise<void> {
  using limit = new TimeLimit(
    systemClock,
    flags.timeout ?? Infinity,
    () => new Error("It is too late"),
  );
  const wish = { names, states: flags.for === "ended" ? ENDED : READY };
  let left = await waitByProgram(system, flags, wish, limit.signal);
  if (left === undefined) left = await waitByHosts(system, flags, wish, limit.signal);
  if (left.length === 0) return;
  console.error(`Not ${flags.for ?? "ready"} in time: ${left.join(", ")}`);
  Deno.exitCode = EXIT.LATE;
}

interface Wish {
  readonly names: readonly string[];
  readonly states: readonly Row["state"][];
}

/** What is waited for still when it is too late; undefined if there is no program, or none any more. */
async function waitByProgram(
  system: AnySystem,
  flags: WaitFlags,
  wish: Wish,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  using client = await findAnswering(system, flags);
  if (!client) return undefined;
  let left: readonly string[] = [];
  try {
    const { event } = await client.model();
    left = await missingBy(client, wish);
    if (left.length === 0) return left;
    for await (const _ of client.events(event, signal)) {
      left = await missingBy(client, wish);
      if (left.length === 0) return left;
    }
  } catch (error) {
    if (signal.aborted) return left;
    if (error instanceof ProgramGoneError) return undefined;
    throw error;
  }
  return undefined;
}

async function missingBy(client: Client, wish: Wish): Promise<readonly string[]> {
  const [{ services }, { ready }] = await Promise.all([client.model(), client.program()]);
  return missing(services, wish, !ready);
}

async function waitByHosts(
  system: AnySystem,
  flags: WaitFlags,
  wish: Wish,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const state = await SystemState.known(systemNameOf(system, flags));
  await using lookouts = new Lookouts(state.system, system.topologies, signal);
  let left: readonly string[];
  do {
    // The program first: what it has started when it says that all is ready is seen afterwards.
    const program = await runningProgram(state);
    const sights = await lookouts.look(await new HostRecord(state).hosts());
    const isStarting = program !== undefined && program.ready === undefined;
    left = missing(sights.flatMap(({ rows }) => rows), wish, isStarting);
    if (left.length === 0) return left;
    await systemClock.sleep(PERIOD, { signal }).catch(() => {});
  } while (!signal.aborted);
  return left;
}

/** @param isStarting Whether a program may start more. */
function missing(
  rows: readonly Row[],
  { names, states }: Wish,
  isStarting: boolean,
): readonly string[] {
  if (!isStarting) checkNames(names, rows);
  const wanted = names.length > 0 ? names : rows.map(({ name }) => name);
  const done = new Set(rows.filter(({ state }) => states.includes(state)).map(({ name }) => name));
  const left = wanted.filter((name) => !done.has(name));
  return names.length === 0 && isStarting ? [...left, "what its program starts"] : left;
}

function checkNames(names: readonly string[], rows: readonly Row[]): void {
  const known = rows.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const others = known.length === 0
    ? "nothing stands"
    : `the nearest is ${nearest(unknown, known)}`;
  throw new UsageError(`There is no service ${unknown}: ${others}`);
}
