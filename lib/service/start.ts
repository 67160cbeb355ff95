/**
 * Services of a nursery: starting them, and watching those that were started by hand.
 *
 * A start belongs to its caller until it is done: what goes wrong until then is thrown there, what was
 * started is ended, and the nursery goes on. From then on the service belongs to the nursery: its failure
 * is the nursery's. When the nursery is cancelled, its services stop, each after those that used it.
 */
import { abortable, checkDuration, type Milliseconds, minutes, TimeLimit } from "../clock/mod.ts";
import { printable } from "../logs/mod.ts";
import { whichStarts } from "../model/mod.ts";
import type { Nursery, Turn } from "../nursery/mod.ts";
import {
  type ChildProcess,
  type Command,
  type PathLike,
  ServiceNotReadyError,
  type SpawnOptions,
  stopOf,
  type StopOptions,
  type Thread,
} from "../thread/mod.ts";
import { Life, type Service } from "./life.ts";
import { groupOf } from "./stop_group.ts";
import { turnsOf } from "./uses.ts";

/** How a service is watched. */
export interface MonitorOptions {
  /**
   * How it is stopped: which signal it gets, whether its process group gets it, and how long it may take.
   *
   * @example
   * ```ts
   * import { Command, type Nursery, seconds, SIG, startService, type Thread } from "bailiwick";
   *
   * function startPostgres(nursery: Nursery, thread: Thread) {
   *   const stop = { signal: SIG.INT, grace: seconds(30) }; // its fast shutdown
   *   return startService(nursery, thread, new Command("postgres"), { stop });
   * }
   * ```
   */
  stop?: StopOptions;
  /** Where it can be reached; it is shown, and those that are given it may use the service. */
  address?: string;
  /**
   * What it was given of other services: what their start functions returned, addresses, paths. Those stop
   * after it. Without it, it may have used every service that was ready before its start was called.
   */
  uses?: readonly unknown[];
}

/** How a service is started. */
export interface StartOptions extends SpawnOptions, MonitorOptions {
  /**
   * How long it may take to be ready; it is stopped when that is over.
   *
   * @default 1 minute
   */
  readyTimeout?: Milliseconds;
}

const READY_TIMEOUT = minutes(1);

/**
 * Watches a process in the background of a nursery. If it ends uncleanly, or before it is ready, the
 * nursery fails with a {@linkcode ServiceError} that holds its last log lines. When the nursery is
 * cancelled it is stopped in its turn: a signal, a grace period, SIGKILL.
 *
 * @example
 * ```ts
 * import { Command, monitor, type Nursery, type Thread } from "bailiwick";
 *
 * async function startSleeper(nursery: Nursery, thread: Thread): Promise<void> {
 *   monitor(nursery, await thread.spawn(new Command("sleep", ["infinity"])));
 * }
 * ```
 *
 * @throws {RangeError} If `stop` has a signal that is none or a grace that is no duration, or the name is
 *   empty.
 * @throws {TypeError} If the process is watched already.
 */
export function monitor(
  nursery: Nursery,
  child: ChildProcess,
  { stop, address, uses }: MonitorOptions = {},
): Service {
  const stopping = stopOf(stop);
  const path = printable(nursery.pathOf(child.name));
  const life = new Life({
    ...{ nursery, process: child, path, address, stop: stopping },
    waiting: whichStarts(),
    onFailure: (error) => nursery.fail(error, path),
  });
  nursery.ordered(async (_signal, turn) => {
    life.ready.then(() => turn.ready(), () => {});
    await watch(turn, life, undefined);
  }, { name: path, uses: turnsOf(nursery, uses), ready: false });
  return life;
}

/**
 * Spawns a service, watches it, and returns once it is ready, which is what every start function of a
 * component does. A start that fails is the caller's affair alone: what it started is ended, and the
 * nursery goes on.
 *
 * @throws {ServiceError} If it ends before it is ready, closes its ready descriptor without a word, or
 *   is not ready in time.
 * @throws {SyscallError} If it cannot be started.
 * @throws {RangeError} If an option is out of its range, as a duration that is none, or the name is empty.
 * @throws What `signal` or the nursery's signal was aborted with before it was ready.
 */
export async function startService(
  nursery: Nursery,
  thread: Thread,
  command: Command,
  options: StartOptions = {},
): Promise<Service> {
  stopOf(options.stop);
  checkDuration("readyTimeout", options.readyTimeout ?? READY_TIMEOUT);
  const path = printable(nursery.pathOf(options.name ?? command.name));
  const { name, model } = thread.host;
  return await model.step({ kind: "start", subject: path, host: name }, () => {
    const { promise, resolve, reject } = Promise.withResolvers<Service>();
    const start = new Start(nursery, thread, command, options, path);
    const uses = turnsOf(nursery, options.uses);
    nursery.ordered(
      (signal, turn) => start.run(signal, turn, resolve, reject),
      { name: path, uses, ready: false },
    );
    return promise;
  });
}

/** One call of {@linkcode startService}. */
class Start {
  readonly #nursery: Nursery;
  readonly #thread: Thread;
  readonly #command: Command;
  readonly #options: StartOptions;
  readonly #path: string;
  readonly #waiting = whichStarts();
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
    let life: Life;
    try {
      life = await this.#spawn(stop);
    } catch (error) {
      return fail(error);
    }
    const watching = watch(turn, life, cwd);
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
      else return fail(await this.#end(life, error));
    }
    await watching;
  }

  async #spawn(signal: AbortSignal): Promise<Life> {
    const { address } = this.#options;
    const options = { ...this.#options, name: this.#path, signal };
    const process = await this.#thread.spawn(this.#command, options);
    return new Life({
      ...{ nursery: this.#nursery, process, path: this.#path, address },
      stop: stopOf(this.#options.stop),
      waiting: this.#waiting,
      onFailure: (error) => {
        if (this.#isDone) this.#nursery.fail(error, this.#path);
      },
    });
  }

  /** Ends what did not become ready, and returns why it did not. */
  async #end(life: Life, error: unknown): Promise<unknown> {
    const problem = problemOf(error);
    try {
      if (!life.status) await (problem ? life.giveUp(problem, error) : life.stop());
      await life.over;
    } catch (cause) {
      return cause;
    }
    if (life.failure) return life.failure;
    return problem ? life.failureOf(problem, error) : error;
  }
}

/** What is wrong with a service whose start failed like this, if anything is. */
function problemOf(error: unknown): string | undefined {
  if (error instanceof LateError) return error.problem;
  if (!(error instanceof ServiceNotReadyError)) return undefined;
  return "closed its ready descriptor without saying that it is ready";
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

/** Has a service stop in its turn, and settles when it is over. */
async function watch(
  turn: Turn,
  life: Life,
  workdir: PathLike | undefined,
): Promise<void> {
  for (const key of [life, life.address, workdir && `${workdir}`]) if (key) turn.provides(key);
  groupOf(life.process.host).add(turn, life);
  // Its turn may have come before it was in the group.
  const stopped = turn.come.then(() => life.state === "stopping" ? undefined : life.stop());
  await Promise.race([life.over, stopped.then(() => life.over)]);
}
