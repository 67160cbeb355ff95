/** One start of a service: what is opened, spawned and waited for, and undone if it fails. */
import { abortable, type Milliseconds, minutes, TimeLimit } from "../clock/mod.ts";
import { whichStarts } from "../model/mod.ts";
import type { Place, Turn } from "../nursery/mod.ts";
import { type Command, ServiceNotReadyError, stopOf, type Thread } from "../thread/mod.ts";
import { Life } from "./life.ts";
import type { StartOptions } from "./options.ts";
import { Watcher } from "./readiness/watcher.ts";
import { stopInTurn } from "./stop_group.ts";
import { turnsOf } from "./uses.ts";

export const READY_TIMEOUT = minutes(1);

/** Where a service is started, and who is told what becomes of it. */
export interface StartPlace extends Place {
  readonly path: string;
  /** What stands for it beside its life, for those that are given it. */
  readonly name?: unknown;
  /** Whether it takes the place of one that an earlier program has started. */
  readonly succeeds?: boolean;
  /** Its host was lost, and it with that. */
  lost(error: unknown): void;
  /** It is there, and is not ready yet. */
  begun?(life: Life): void;
  /** It is ready: has it stay when the program goes, if it is to. */
  keep?(life: Life): Promise<void>;
}

/** A service that has become ready, and its turn to stop. */
export interface Started {
  readonly life: Life;
  readonly turn: Turn;
}

/** Starts a service in a nursery, and settles when it is ready. What goes wrong until then is thrown here. */
export function startAt(
  place: StartPlace,
  thread: Thread,
  command: Command,
  options: StartOptions,
): Promise<Started> {
  const { nursery, path } = place;
  const { name, model } = thread.host;
  return model.step({ kind: "start", subject: path, host: name }, async () => {
    if (options.before) await options.before();
    const { promise, resolve, reject } = Promise.withResolvers<Life>();
    const start = new Start(place, thread, command, options);
    const uses = turnsOf(nursery, options.uses, thread.host);
    const turn = nursery.ordered(
      (signal, turn) => start.run(signal, turn, resolve, reject),
      { name: path, uses, ready: false },
    );
    return { life: await promise, turn };
  });
}

/** One start. */
class Start {
  readonly #place: StartPlace;
  readonly #thread: Thread;
  readonly #command: Command;
  readonly #options: StartOptions;
  readonly #waiting = whichStarts();
  #watcher: Watcher | undefined;
  #isDone = false;

  constructor(place: StartPlace, thread: Thread, command: Command, options: StartOptions) {
    this.#place = place;
    this.#thread = thread;
    this.#command = command;
    this.#options = options;
  }

  /** The task of the nursery: starts the service, says so, and watches it until it is over. */
  async run(
    signal: AbortSignal,
    turn: Turn,
    done: (life: Life) => void,
    fail: (error: unknown) => void,
  ): Promise<void> {
    const { signal: own, readyTimeout = READY_TIMEOUT, cwd } = this.#options;
    const { path, nursery } = this.#place;
    const late = new LateError(`Service ${path} on host ${this.#thread.host.name}`, readyTimeout);
    using limit = new TimeLimit(nursery.clock, readyTimeout, () => late);
    const signals = [signal, this.#place.signal, limit.signal, ...(own ? [own] : [])];
    const stop = AbortSignal.any(signals);
    await using owned = new AsyncDisposableStack();
    let life: Life;
    try {
      this.#watcher = await this.#open();
      if (this.#watcher) owned.use(this.#watcher);
      life = await this.#spawn(stop);
    } catch (error) {
      await owned.disposeAsync();
      return fail(error);
    }
    const watching = stopInTurn(turn, life, cwd, this.#place.name);
    watching.catch(() => {});
    try {
      this.#place.begun?.(life);
      await abortable(life.ready, stop);
      if (life.failure) throw life.failure;
      await this.#keep(life);
      this.#isDone = true;
      turn.ready();
      done(life);
      // It may have ended as soon as it was ready, when nobody was told yet.
      if (life.state === "finished") this.#place.finished();
    } catch (error) {
      // The nursery stops it in its turn, for which its caller need not wait.
      if (signal.aborted) fail(signal.reason);
      else {
        const failure = await this.#end(life, error);
        await owned.disposeAsync();
        return fail(failure);
      }
    }
    await watching.catch((error) => this.#place.lost(error));
  }

  /** Opens what is to know of its readiness, beside what is in the process itself. */
  async #open(): Promise<Watcher | undefined> {
    const { ready, health, ...spawn } = this.#options;
    if (ready === undefined && !health) return undefined;
    if (typeof ready === "number" && !health) return undefined;
    const { path, nursery: { clock } } = this.#place;
    const watching = { service: path, clock, ready, health, spawn };
    return await Watcher.open(this.#thread, watching);
  }

  async #spawn(signal: AbortSignal): Promise<Life> {
    const { ready, replace, ...options } = this.#options;
    const { path, nursery, succeeds = false } = this.#place;
    const watcher = this.#watcher;
    const process = await this.#thread.spawn(this.#command, {
      ...options,
      ...(typeof ready === "number" && { ready }),
      ...watcher?.spawn,
      ...(prepares(replace) && { prepares: true }),
      name: path,
      signal,
    });
    const ifDone = (tell: () => void) => {
      if (this.#isDone) tell();
    };
    return new Life({
      ...{ nursery, process, path, address: options.address, watcher, succeeds },
      stop: stopOf(this.#options.stop),
      waiting: this.#waiting,
      told: {
        failed: (error) => ifDone(() => this.#place.failed(error)),
        finished: () => ifDone(() => this.#place.finished()),
        doubted: (reason) => ifDone(() => this.#place.doubted(reason)),
      },
    });
  }

  /** From when it is kept on, a program that comes finds it. */
  async #keep(life: Life): Promise<void> {
    try {
      await this.#place.keep?.(life);
    } catch (error) {
      // What has ended already is judged by how it did.
      if (!life.status) throw error;
    }
    if (life.failure) throw life.failure;
  }

  /** Ends what did not become ready, and returns why it did not. */
  async #end(life: Life, error: unknown): Promise<unknown> {
    const problem = this.#problemOf(error);
    try {
      if (!life.status) await (problem ? life.giveUp(problem, error) : life.stop());
      await life.over;
    } catch (cause) {
      return cause;
    }
    if (life.failure) return life.failure;
    return problem ? life.failureOf(problem, error) : error;
  }

  /** What is wrong with a service whose start failed like this, if anything is. */
  #problemOf(error: unknown): string | undefined {
    if (error instanceof ServiceNotReadyError) return error.problem;
    if (!(error instanceof LateError)) return undefined;
    const last = this.#watcher?.last;
    return last === undefined ? error.problem : `${error.problem} (${last})`;
  }
}

function prepares(replace: StartOptions["replace"]): boolean {
  return typeof replace === "object" && replace.overlap === "prepared";
}

class LateError extends Error {
  override readonly name = "TimeoutError";
  readonly problem: string;

  constructor(service: string, limit: Milliseconds) {
    const problem = `was not ready within ${limit / 1000} s`;
    super(`${service} ${problem}`);
    this.problem = problem;
  }
}
