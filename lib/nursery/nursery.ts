/**
 * A nursery owns background tasks, as trio's does. Its rules:
 *
 * - The body is a task. `run` settles only when every task has ended, however it ends.
 * - The first failure aborts `signal`. A task that then ends with the signal's reason did not fail.
 * - Each failure comes out of `run` once: one as it is, several in an AggregateError, the first one
 *   first. An error object that several tasks end with, such as the loss of their host, is one failure.
 * - Tasks are told to end, never abandoned: one that ignores `signal` holds `run` up.
 * - What is ordered stops after all that used it, also across nurseries that are `within` one another.
 * - It tells the time to all that it owns.
 */
import { type Clock, systemClock } from "../clock/mod.ts";
import {
  CancelledError,
  combine,
  isCancellation,
  noteFailure,
  NurseryClosedError,
  summary,
} from "./errors.ts";
import type { Keeper } from "./keeper.ts";
import type { Section } from "./section.ts";
import { StopOrder } from "./stop_order.ts";
import type { Turn, Used } from "./turn.ts";

/** How a nursery is run. */
export interface NurseryOptions {
  /** Cancels the nursery when aborted; `run` then throws its reason. */
  signal?: AbortSignal | undefined;
  /** Its part in the paths of its services; without a name it adds nothing to them. */
  name?: string;
  /**
   * The nursery that it is part of: which waits for it, cancels it, and whose order of stopping, path and
   * clock it shares. What fails in it is thrown by its own `run`, and nowhere else.
   */
  within?: Nursery;
  /**
   * Tells the time to all that it owns.
   *
   * @default that of `within`, else the machine's own time
   */
  clock?: Clock;
  /** For the library: keeps what is started in it by name; nurseries within it have none. */
  keeper?: Keeper<Nursery>;
  /**
   * For the library: the section of the order of stopping that its ordered tasks are in, and those of
   * nurseries within it.
   *
   * @default that of `within`
   */
  section?: Section;
}

/** How an ordered task is begun. */
export interface OrderedOptions {
  /** Names the task in errors. */
  name?: string;
  /** What it has used; else all that was ready before it was begun. */
  uses?: readonly Used[] | undefined;
  /**
   * Whether it can be used from the start; else from when it says so by `turn.ready()`.
   *
   * @default true
   */
  ready?: boolean;
}

/** An owner of background tasks; made by {@linkcode Nursery.run}. */
export class Nursery {
  readonly #controller = new AbortController();
  readonly #order: StopOrder;
  readonly #section: Section | undefined;
  /** Tells the time to all that the nursery owns. */
  readonly clock: Clock;
  /** Its name after those of the nurseries that it is within, as "front/gateways"; may be empty. */
  readonly path: string;
  /** For the library: keeps what is started in it by name. */
  readonly keeper: Keeper<Nursery> | undefined;
  /** For the library: the outermost nursery that it is within; itself if it is within none. */
  readonly root: Nursery;
  /** What was thrown, and by which task. */
  readonly #failures = new Map<unknown, string>();
  readonly #ended = Promise.withResolvers<void>();
  #running = 0;
  #closed = false;

  private constructor({ name, within, clock, keeper, section }: NurseryOptions) {
    this.#order = within ? within.#order : new StopOrder();
    this.#section = section ?? (within && within.#section);
    this.root = within?.root ?? this;
    this.clock = clock ?? within?.clock ?? systemClock;
    this.path = join(within?.path ?? "", name);
    this.keeper = keeper;
  }

  /**
   * Runs `body` with a new nursery, and settles when the body and every task have ended. That the body
   * returns does not end the tasks: they run on until they end or the nursery is cancelled.
   *
   * @returns What the body returned.
   * @throws What a task or the body threw; an `AggregateError` if several threw.
   * @throws {RangeError} If `options.name` is empty.
   * @throws The reason of `options.signal` if that cancelled it, or the reason given to
   *   {@linkcode Nursery.cancel} if that ended the body. Failures are thrown rather than a reason.
   *
   * @example
   * ```ts
   * import { Nursery } from "bailiwick";
   *
   * await Nursery.run(async (nursery) => {
   *   const port = await nursery.start<number>(async (ready, signal) => {
   *     const server = Deno.serve({ port: 0, signal, onListen: ({ port }) => ready(port) }, () => {
   *       return new Response("hello");
   *     });
   *     await server.finished;
   *   }, "hello server");
   *   console.log(await (await fetch(`http://127.0.0.1:${port}`)).text());
   *   nursery.cancel();
   * });
   * ```
   */
  static async run<T>(
    body: (nursery: Nursery) => Promise<T>,
    options: NurseryOptions = {},
  ): Promise<T> {
    const { within } = options;
    const signals = [options.signal, within?.signal].filter((signal) => signal !== undefined);
    for (const signal of signals) signal.throwIfAborted();
    const nursery = new Nursery(options);
    if (within) within.#begin("a nursery within it", () => nursery.#ended.promise);
    let cancelled: AbortSignal | undefined;
    const onAbort = ({ target }: { target: EventTarget | null }) => {
      if (!nursery.#closed) cancelled ??= target as AbortSignal;
      nursery.cancel((target as AbortSignal).reason);
    };
    for (const signal of signals) signal.addEventListener("abort", onAbort, { once: true });
    let result: { value: T } | undefined;
    nursery.#begin("body", async () => {
      result = { value: await body(nursery) };
    });
    await nursery.#ended.promise;
    for (const signal of signals) signal.removeEventListener("abort", onAbort);
    nursery.#order.forget(nursery);
    if (nursery.#failures.size > 0) throw combine(nursery.#failures);
    if (cancelled) throw cancelled.reason;
    if (!result) throw nursery.signal.reason;
    return result.value;
  }

  /** Aborted when the tasks are to end. Its reason is a {@linkcode CancelledError} after a failure. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Starts a task in the background. In a cancelled nursery it starts with an aborted signal.
   *
   * @param name Names the task in errors.
   * @throws {NurseryClosedError} If every task of the nursery has ended.
   */
  spawn(task: (signal: AbortSignal) => Promise<void>, name = "task"): void {
    if (this.keeper?.beyond) return;
    this.#begin(name, () => task(this.signal));
  }

  /**
   * Starts a task in the background and waits until it calls `ready`. Until then what it throws is
   * thrown here, and only here; afterwards it is a failure of the nursery.
   *
   * @returns The value that `ready` was called with.
   * @throws {Error} If the task ends without calling `ready`.
   * @throws {NurseryClosedError} If every task of the nursery has ended.
   */
  start<T>(
    task: (ready: (value: T) => void, signal: AbortSignal) => Promise<void>,
    name = "task",
  ): Promise<T> {
    if (this.keeper?.beyond) return Promise.reject(this.keeper.beyond(`start ${name}`));
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let isReady = false;
    const ready = (value: T) => {
      isReady = true;
      resolve(value);
    };
    const run = async () => {
      try {
        await task(ready, this.signal);
        reject(new Error(`Task ${name} ended before it was ready`));
      } catch (error) {
        if (isReady) throw error;
        reject(error);
      }
    };
    try {
      this.#begin(name, run);
    } catch (error) {
      reject(error);
    }
    return promise;
  }

  /**
   * Starts a task that stops in its turn: once the nursery is cancelled, `turn.come` settles
   * when every ordered task that used it has ended, which are those that name it in `uses`, and those without
   * `uses` that were begun when it was ready. So nothing stops before those that may use it, and what
   * does not depend on each other stops together. The turn of one that is begun in a cancelled nursery
   * comes at once.
   *
   * @returns Its turn, for the `uses` of others.
   * @throws {NurseryClosedError} If every task of the nursery has ended.
   */
  ordered(
    task: (signal: AbortSignal, turn: Turn) => Promise<void>,
    { name = "task", uses, ready = true }: OrderedOptions = {},
  ): Turn {
    this.#checkOpen(name);
    if (this.keeper?.beyond) throw this.keeper.beyond(`start ${name}`);
    const turn = this.#order.enter(this, uses, this.#section);
    if (ready) turn.ready();
    this.#begin(name, async () => {
      try {
        await task(this.signal, turn);
      } finally {
        this.#order.leave(turn);
      }
    });
    return turn;
  }

  /**
   * Takes note of a failure at once, for a task that has more to do before it ends, such as to find out
   * more about it. The nursery is cancelled.
   *
   * @param name Names what failed, in errors.
   */
  fail(error: unknown, name = "task"): void {
    this.#checkOpen(name);
    this.#fail(name, error);
  }

  /** For the library: how many tasks run in it, its body counted. */
  get running(): number {
    return this.#running;
  }

  /** For the library: the turns that are found by a key: see {@linkcode Turn.provides}. */
  providers(key: unknown): readonly Turn[] {
    return this.#order.providers(key);
  }

  /**
   * For the library: a new section of the order of stopping, in that of the nursery.
   *
   * @param uses What all in it has used; else all that is ready now.
   */
  section(uses?: readonly Used[]): Section {
    return this.#order.section(this.#section, uses);
  }

  /** For the library: has these stop, whichever nursery's they are, each after those of them that used it. */
  stopOrdered(turns: readonly (Turn | Section)[]): void {
    this.#order.stopThese(turns);
  }

  /**
   * The path of what has this name in the nursery.
   *
   * @throws {RangeError} If the name is empty.
   */
  pathOf(name: string): string {
    return join(this.path, name);
  }

  /** Tells every task to end, by aborting {@linkcode Nursery.signal}. Only the first reason counts. */
  cancel(reason: unknown = new CancelledError("The nursery was cancelled")): void {
    if (this.signal.aborted) return;
    this.#controller.abort(reason);
    this.#order.stop(this);
  }

  #checkOpen(name: string): void {
    if (!this.#closed) return;
    throw new NurseryClosedError(`Cannot start ${name}: every task of its nursery has ended`);
  }

  #begin(name: string, task: () => Promise<void>): void {
    this.#checkOpen(name);
    this.#running++;
    this.#watch(name, task);
  }

  async #watch(name: string, task: () => Promise<void>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#fail(name, error);
    }
    this.#running--;
    if (this.#running > 0) return;
    this.#closed = true;
    this.#ended.resolve();
  }

  #fail(task: string, error: unknown): void {
    if (isCancellation(error, this.signal) || this.#failures.has(error)) return;
    this.#failures.set(error, task);
    noteFailure(error, this.clock.now());
    const why = `Cancelled, as ${task} failed: ${summary(error)}`;
    this.cancel(new CancelledError(why, { cause: error }));
  }
}

function join(path: string, name: string | undefined): string {
  if (name === undefined) return path;
  if (name === "") throw new RangeError("A name in a nursery cannot be empty");
  return path === "" ? name : `${path}/${name}`;
}
