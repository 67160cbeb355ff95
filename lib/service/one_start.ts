/** One start of a service: what is opened, spawned and waited for, and undone if it fails. */
import { abortable, type Milliseconds, minutes, TimeLimit } from "../clock/mod.ts";
import { whichStarts } from "../model/mod.ts";
import type { Nursery, Turn } from "../nursery/mod.ts";
import { type Command, ServiceNotReadyError, stopOf, type Thread } from "../thread/mod.ts";
import { Life } from "./life.ts";
import type { StartOptions } from "./options.ts";
import { Watcher } from "./readiness/watcher.ts";
import type { Service } from "./service.ts";
import { stopInTurn } from "./stop_group.ts";

export const READY_TIMEOUT = minutes(1);

/** One call of {@linkcode startService}. */
export class Start {
  readonly #nursery: Nursery;
  readonly #thread: Thread;
  readonly #command: Command;
  readonly #options: StartOptions;
  readonly #path: string;
  readonly #waiting = whichStarts();
  #watcher: Watcher | undefined;
  #isDone = false;

  constructor(
    nursery: Nursery,
    thread: Thread,
    command: Command,
    options: StartOptions,
    path: string,
  ) {
    this.#nursery = nursery;
    this.#thread = thread;
    this.#command = command;
    this.#options = options;
    this.#path = path;
  }

  /** The task of the nursery: starts the service, says so, and watches it until it is over. */
  async run(
    signal: AbortSignal,
    turn: Turn,
    done: (service: Service) => void,
    fail: (error: unknown) => void,
  ): Promise<void> {
    const { signal: own, readyTimeout = READY_TIMEOUT, cwd } = this.#options;
    const late = new LateError(
      `Service ${this.#path} on host ${this.#thread.host.name}`,
      readyTimeout,
    );
    using limit = new TimeLimit(this.#nursery.clock, readyTimeout, () => late);
    const stop = AbortSignal.any([signal, limit.signal, ...(own ? [own] : [])]);
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
    const watching = stopInTurn(turn, life, cwd);
    watching.catch(() => {});
    try {
      await abortable(life.ready, stop);
      if (life.failure) throw life.failure;
      this.#isDone = true;
      turn.ready();
      done(life);
    } catch (error) {
      // The nursery stops it in its turn, for which its caller need not wait.
      if (signal.aborted) fail(signal.reason);
      else {
        const failure = await this.#end(life, error);
        await owned.disposeAsync();
        return fail(failure);
      }
    }
    await watching;
  }

  /** Opens what is to know of its readiness, beside what is in the process itself. */
  async #open(): Promise<Watcher | undefined> {
    const { ready, health, ...spawn } = this.#options;
    if (ready === undefined && !health) return undefined;
    if (typeof ready === "number" && !health) return undefined;
    const { clock } = this.#nursery;
    const watching = { service: this.#path, clock, ready, health, spawn };
    return await Watcher.open(this.#thread, watching);
  }

  async #spawn(signal: AbortSignal): Promise<Life> {
    const { ready, ...options } = this.#options;
    const watcher = this.#watcher;
    const process = await this.#thread.spawn(this.#command, {
      ...options,
      ...(typeof ready === "number" && { ready }),
      ...watcher?.spawn,
      name: this.#path,
      signal,
    });
    return new Life({
      ...{ nursery: this.#nursery, process, path: this.#path, address: options.address, watcher },
      stop: stopOf(this.#options.stop),
      waiting: this.#waiting,
      onFailure: (error) => {
        if (this.#isDone) this.#nursery.fail(error, this.#path);
      },
    });
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

class LateError extends Error {
  override readonly name = "TimeoutError";
  readonly problem: string;

  constructor(service: string, limit: Milliseconds) {
    const problem = `was not ready within ${limit / 1000} s`;
    super(`${service} ${problem}`);
    this.problem = problem;
  }
}
