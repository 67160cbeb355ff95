/** `up`: the system runs until it fails, or somebody ends it. */
import { Model } from "../model/mod.ts";
import {
  duration,
  EXIT,
  Progress,
  Runners,
  runUntilStopped,
  serviceLines,
  serviceTable,
  showFailure,
  Terminal,
} from "../tools/mod.ts";
import { type HostFlags, targetOptions, targetsOf, withHostPaths } from "./flags.ts";
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
};

/** Their values. */
export interface UpFlags extends HostFlags {
  readonly logDir?: string;
  readonly json: boolean;
}

/**
 * Runs a system.
 *
 * @param values Those of the system's own options.
 * @throws {UsageError} If the flags make no sense.
 * @throws {ConnectError} If a host cannot be used.
 */
export async function up(
  system: AnySystem,
  flags: UpFlags,
  values: Readonly<Record<string, unknown>>,
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
  try {
    await runUntilStopped(async (nursery) => {
      // Who ends npx or the task means the program.
      runners.watch(nursery.signal, () => Deno.kill(Deno.pid, "SIGTERM"));
      const ready = await system.system(nursery, hosts.places, options) ?? {};
      const took = duration(performance.now() - begin);
      new Terminal(Deno.stdout).say(
        flags.json ? lineOf(ready, model) : screenOf(ready, model, progress, took),
      );
    }, (line) => terminal.say(line));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    showFailure(terminal, error, model.services);
    Deno.exitCode = EXIT.FAILED;
  }
}

function lineOf({ json }: Ready, { services }: Model): string {
  return JSON.stringify({ ...json, services: serviceLines(services) });
}

function screenOf({ text }: Ready, { services }: Model, progress: Progress, took: string): string {
  const tables = `\n${serviceTable(services)}\n\n${progress.summary()}`;
  const more = text === undefined ? "" : ` ${text}`;
  return `${tables}\n\nAll ready in ${took}.${more}\nCtrl-C stops everything, in order.`;
}
