/**
 * `up --watch`: when the sources are saved, the system function is run again from them, in the same process.
 * What it asks for as before is left alone. A save that cannot be loaded, or that cannot be run, is shown, and
 * what stood before it stands.
 */
import { isExecutable } from "../assets/mod.ts";
import { systemClock } from "../clock/mod.ts";
import { type Change, LiveModule, type Loaded, placeOf } from "../live/mod.ts";
import type { Model } from "../model/mod.ts";
import type { Nursery } from "../nursery/mod.ts";
import { scriptSources } from "../scripts/source.ts";
import { ServiceError } from "../service/mod.ts";
import { type AnyScope, type Failure, leave, type Policy, scopeOf } from "../system/mod.ts";
import { duration, showFailure, type Terminal } from "../tools/mod.ts";
import type { AnySystem, Ready } from "./system.ts";
import { UsageError } from "./usage_error.ts";

/** Starts a system on hosts that are connected to. */
export type SystemBody = (nursery: Nursery) => Promise<Ready>;

/** What {@linkcode LiveSystem} is told. */
export interface LiveSystemOptions {
  readonly terminal: Terminal;
  readonly model: Model;
  /** What starts the system that runs. */
  readonly body: SystemBody;
  /** What starts a system that was loaded again; throws if that cannot take the place of the one that runs. */
  readonly bodyOf: (system: AnySystem) => Promise<SystemBody>;
}

/** A system that is tried. */
interface Trial {
  /** The services that stood before it, and before those that it takes the place of. */
  readonly before: ReadonlyMap<string, bigint>;
  readonly failures: unknown[];
}

/** A system that follows its sources, until it is disposed. */
export class LiveSystem implements AsyncDisposable {
  readonly #options: LiveSystemOptions;
  readonly #module: LiveModule<AnySystem>;
  readonly #stop = new AbortController();
  #following: Promise<void> | undefined;
  /** What runs. */
  #body: SystemBody;
  /** What is being tried, and why it has failed. */
  #trial: Trial | undefined;

  /** @throws {UsageError} If the program has no sources. */
  constructor(options: LiveSystemOptions) {
    this.#options = options;
    this.#body = options.body;
    this.#module = new LiveModule(sources(), { also: scriptSources });
  }

  /** What is done about failures: one of a run from new sources has changed nothing. */
  policy(usual: Policy): Policy {
    const policy: Policy = (failure, past) => {
      if (!this.#trial || stoodBefore(failure, this.#trial)) return usual(failure, past);
      this.#trial.failures.push(failure.error);
      return leave();
    };
    return Object.assign(policy, { cleanEnds: usual.cleanEnds ?? false });
  }

  /** Begins to follow the sources, for the scope in a nursery that has the system. */
  follow(nursery: Nursery): void {
    const signal = AbortSignal.any([this.#stop.signal, nursery.signal]);
    this.#following = this.#follow(() => scopeOf(nursery, ""), signal);
  }

  /** Looks again which files belong to the system, when it has been run. */
  look(): void {
    this.#module.look();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#following;
  }

  async #follow(scope: () => AnyScope, signal: AbortSignal): Promise<void> {
    try {
      for await (const change of this.#module.changes(signal)) void this.#take(change, scope);
    } catch (error) {
      if (!signal.aborted) this.#refuse(error);
    }
  }

  async #take(change: Change<AnySystem>, scope: () => AnyScope): Promise<void> {
    const { terminal } = this.#options;
    switch (change.kind) {
      case "watching":
        return terminal.say("  watching the sources");
      case "mended":
        return terminal.say("  the sources are again as they run");
      case "broken":
        return this.#refuse(change.error);
      case "loaded":
        return await this.#run(change, scope);
    }
  }

  async #run(loaded: Loaded<AnySystem>, scope: () => AnyScope): Promise<void> {
    const { model, bodyOf } = this.#options;
    try {
      const body = await bodyOf(loaded.value);
      const trial = { before: this.#trial?.before ?? living(model), failures: [] };
      if (!await this.#try(body, trial, scope())) return;
      this.#tell(loaded, trial);
      this.look();
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Runs a body, and says whether that is what stands now: if not, another has taken its place. */
  async #try(body: SystemBody, trial: Trial, scope: AnyScope): Promise<boolean> {
    this.#trial = trial;
    await scope.use(body).catch((error) => trial.failures.push(error));
    if (this.#trial !== trial) return false;
    this.#trial = undefined;
    if (trial.failures.length === 0) {
      this.#body = body;
      return true;
    }
    // What fails from now on is what stood before.
    await scope.use(this.#body).catch((error) => trial.failures.push(error));
    const [first, ...more] = trial.failures;
    throw more.length === 0 ? first : new AggregateError(trial.failures);
  }

  #tell({ since, intervals }: Loaded<AnySystem>, { before }: Trial): void {
    const { terminal, model } = this.#options;
    const took = duration(systemClock.now() - since);
    terminal.say(`  run again in ${took}: ${difference(before, living(model))}`);
    const last = intervals.at(-1);
    if (last !== undefined) terminal.say(`  ${leftBehind(intervals.length, last)}`);
  }

  #refuse(error: unknown): void {
    const { terminal } = this.#options;
    showFailure(terminal, error, []);
    const place = placeOf(error);
    if (place !== undefined && !`${error}`.includes(place)) terminal.say(`at      ${place}`);
    terminal.say("so      what stood before the save stands");
  }
}

/** @throws {UsageError} If there are none that can be watched. */
function sources(): URL {
  const main = new URL(Deno.mainModule);
  if (!isExecutable && main.protocol === "file:") return main;
  throw new UsageError("--watch takes a program that is run from its sources, by deno run");
}

function leftBehind(count: number, last: string): string {
  const are = count === 1 ? "an interval goes" : `${count} intervals go`;
  return `${are} on that a save before has begun, at ${last}: begin it in the system function`;
}

/** Whether what has failed stood before the save, which it then has nothing to do with. */
function stoodBefore({ kind, path, error }: Failure, { before }: Trial): boolean {
  return kind === "unready" ||
    (error instanceof ServiceError && before.get(path) === error.instance);
}

/** The instances of the services that run, by their paths. */
function living({ services }: Model): Map<string, bigint> {
  const alive = services.filter(({ ended }) => ended === undefined);
  return new Map(alive.map(({ path, instance }) => [path, instance]));
}

/** What has become of the services, in words. */
function difference(
  before: ReadonlyMap<string, bigint>,
  after: ReadonlyMap<string, bigint>,
): string {
  const both = [...after.keys()].filter((path) => before.has(path));
  const replaced = both.filter((path) => before.get(path) !== after.get(path));
  const parts = {
    replaced,
    started: [...after.keys()].filter((path) => !before.has(path)),
    stopped: [...before.keys()].filter((path) => !after.has(path)),
  };
  const words = Object.entries(parts).filter(([, paths]) => paths.length > 0)
    .map(([word, paths]) => `${word} ${paths.join(", ")}`);
  return [...words, `kept ${both.length - replaced.length}`].join("; ");
}
