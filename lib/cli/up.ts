/** `up`: the system runs until it fails, or somebody ends it. */
import { Model } from "../model/mod.ts";
import type { Nursery } from "../nursery/mod.ts";
import { onFailure, onHeld, scopesOf, supervise } from "../system/mod.ts";
import {
  duration,
  EXIT,
  Progress,
  Runners,
  runUntilStopped,
  showFailure,
  Terminal,
} from "../tools/mod.ts";
import { exitStatusOf } from "./exit_status.ts";
import { type HostFlags, targetOptions, targetsOf, withHostPaths } from "./flags.ts";
import type { LiveSystem, LiveSystemOptions } from "./live_system.ts";
import type { Options } from "./options.ts";
import { ConnectedHosts } from "./places.ts";
import { readyLine, readyScreen } from "./ready_screen.ts";
import { detach } from "./standing/detach.ts";
import { Change } from "./standing/change.ts";
import { STANDING_OPTIONS, type StandingFlags, standingOf } from "./standing/flags.ts";
import { SystemState } from "./standing/state.ts";
import { Stay } from "./standing/stay.ts";
import type { AnySystem } from "./system.ts";
import { UsageError } from "./usage_error.ts";

/** What `up` has of every system, besides {@linkcode HostFlags}. */
export const UP_OPTIONS: Options = {
  logDir: {
    kind: "path",
    value: "dir",
    about: "keep the services' logs here, one rotated file each",
  },
  json: { kind: "flag", about: "print the services as one line of JSON" },
  watch: { kind: "flag", about: "run the system again from its sources when they are saved" },
  ...STANDING_OPTIONS,
};

/** Their values. */
export interface UpFlags extends HostFlags, StandingFlags {
  readonly logDir?: string;
  readonly json: boolean;
  readonly watch: boolean;
}

/** What a command line gives to `up`. */
export interface Given {
  readonly flags: UpFlags;
  /** The values of the system's own options. */
  readonly values: Readonly<Record<string, unknown>>;
}

/**
 * Runs a system.
 *
 * @param values Those of the system's own options.
 * @param givenTo What the command line means to another system.
 * @throws {UsageError} If the flags make no sense.
 * @throws {ConnectError} If a host cannot be used.
 * @throws {OccupiedError} If another program is in charge of it, and is to stay so.
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
  if (standing && flags.detach) {
    Deno.exitCode = await detach(new SystemState(standing.system), terminal);
    return;
  }
  const runners = new Runners();
  const model = new Model();
  using progress = new Progress(terminal, model);
  await using stay = standing && await Stay.begin(
    ...[standing, targets, flags, model] as const,
    (line) => terminal.say(line),
  );
  await using hosts = await ConnectedHosts.connect(targets, {
    model,
    ...targetOptions(flags),
    ...(flags.logDir !== undefined && { logDirectory: flags.logDir }),
    ...(standing && { standing }),
  });
  using change = standing && flags.confirm !== undefined && hosts.stood
    ? await Change.begin({
      ...{ name: system.name, model, terminal, most: flags.confirm },
      state: new SystemState(standing.system),
    })
    : undefined;
  const bodyOf =
    (system: AnySystem, options: Record<string, unknown>) => async (nursery: Nursery) =>
      await system.system(nursery, await hosts.places(nursery), options) ?? {};
  const body = bodyOf(system, options);
  await using live = flags.watch
    ? await liveSystem({
      ...{ terminal, model, body },
      async bodyOf(other) {
        const given = await givenTo(other);
        const others = targetsOf(other.topologies, given.flags);
        if (!hosts.has(others)) {
          throw new UsageError("It has other hosts; stop it and start it again");
        }
        return bodyOf(other, withHostPaths(other.options ?? {}, given.values, others, given.flags));
      },
    })
    : undefined;
  let running: Nursery | undefined;
  const stopping = stay && (() => {
    if (running) stay.leave(running);
    terminal.say(stay.farewell());
  });
  const run = async (nursery: Nursery) => {
    running = nursery;
    // Who ends npx or the task means the program.
    runners.watch(nursery.signal, () => Deno.kill(Deno.pid, "SIGTERM"));
    hosts.onSuperseded(() => {
      stay?.leave(nursery);
      nursery.cancel();
    });
    live?.follow(nursery);
    onHeld(nursery, (scope) => progress.ask(scope));
    const policy = onFailure({ most: 2 });
    const options = { policy: live?.policy(policy) ?? policy, model };
    const ready = await supervise(nursery, "", body, options).catch((error) => {
      if (hosts.stood) stay?.leave(nursery); // What stood before is not stopped for this.
      throw error;
    });
    live?.look();
    const took = duration(performance.now() - begin);
    const said = flags.json
      ? readyLine(ready, model)
      : readyScreen(ready, model, progress, took, stay?.promise ?? STOPS);
    new Terminal(Deno.stdout).say(said);
    await change?.untilConfirmed(nursery.signal).catch((error) => {
      stay?.leave(nursery);
      throw error;
    });
    await stay?.ready(said);
    const isIdle = scopesOf(nursery).every(({ isIdle }) => isIdle);
    if (isIdle && model.services.length === 0) nursery.cancel(); // It has done all that it does.
  };
  try {
    await runUntilStopped(run, (line) => terminal.say(line), stopping);
    hosts.throwIfSuperseded();
    Deno.exitCode = await change?.goBack() ?? Deno.exitCode;
  } catch (error) {
    const mistake = mistakeIn(error);
    if (mistake) throw mistake;
    showFailure(terminal, error, model.services);
    Deno.exitCode = exitStatusOf(error);
    if (Deno.exitCode === EXIT.SUPERSEDED) await change?.release();
    else Deno.exitCode = await change?.goBack() ?? Deno.exitCode;
  }
}

/** The mistake of who gave the options that made a system fail, if it was one. */
function mistakeIn(error: unknown): UsageError | undefined {
  if (error instanceof UsageError) return error;
  return error instanceof Error ? mistakeIn(error.cause) : undefined;
}

/** Loads what follows sources, which no other program is to wait for. */
async function liveSystem(options: LiveSystemOptions): Promise<LiveSystem> {
  const { LiveSystem } = await import("./live_system.ts");
  return new LiveSystem(options);
}

const STOPS = "Ctrl-C stops everything, in order.";
