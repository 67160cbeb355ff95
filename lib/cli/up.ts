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
  scopeTable,
  serviceLines,
  serviceTable,
  showFailure,
  Terminal,
} from "../tools/mod.ts";
import { type HostFlags, targetOptions, targetsOf, withHostPaths } from "./flags.ts";
import type { LiveSystem, LiveSystemOptions } from "./live_system.ts";
import type { Options } from "./options.ts";
import { ConnectedHosts } from "./places.ts";
import type { AnySystem, Ready } from "./system.ts";
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
};

/** Their values. */
export interface UpFlags extends HostFlags {
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
 */
export async function up(
  system: AnySystem,
  flags: UpFlags,
  values: Given["values"],
  givenTo: (system: AnySystem) => Promise<Given>,
): Promise<void> {
  const begin = performance.now();
  const terminal = new Terminal();
  const targets = targetsOf(system.topologies, flags);
  const options = withHostPaths(system.options ?? {}, values, targets, flags);
  const runners = new Runners();
  const model = new Model();
  using progress = new Progress(terminal, model);
  await using hosts = await ConnectedHosts.connect(targets, {
    model,
    ...targetOptions(flags),
    ...(flags.logDir !== undefined && { logDirectory: flags.logDir }),
  });
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
  try {
    await runUntilStopped(async (nursery) => {
      // Who ends npx or the task means the program.
      runners.watch(nursery.signal, () => Deno.kill(Deno.pid, "SIGTERM"));
      live?.follow(nursery);
      onHeld(nursery, (scope) => progress.ask(scope));
      const policy = onFailure({ most: 2 });
      const options = { policy: live?.policy(policy) ?? policy, model };
      const ready = await supervise(nursery, "", body, options);
      live?.look();
      const took = duration(performance.now() - begin);
      new Terminal(Deno.stdout).say(
        flags.json ? lineOf(ready, model) : screenOf(ready, model, progress, took),
      );
      const isIdle = scopesOf(nursery).every(({ isIdle }) => isIdle);
      if (isIdle && model.services.length === 0) nursery.cancel(); // It has done all that it does.
    }, (line) => terminal.say(line));
  } catch (error) {
    const mistake = mistakeIn(error);
    if (mistake) throw mistake;
    showFailure(terminal, error, model.services);
    Deno.exitCode = EXIT.FAILED;
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

function lineOf({ json }: Ready, { services }: Model): string {
  return JSON.stringify({ ...json, services: serviceLines(services) });
}

function screenOf({ text }: Ready, model: Model, progress: Progress, took: string): string {
  const tables = [serviceTable(model.services), scopeTable(model.scopes), progress.summary()];
  const more = text === undefined ? "" : ` ${text}`;
  return `\n${
    tables.filter((table) => table !== "").join("\n\n")
  }\n\nAll ready in ${took}.${more}\n` +
    "Ctrl-C stops everything, in order.";
}
