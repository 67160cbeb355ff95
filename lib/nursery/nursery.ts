/**
 * A nursery owns background tasks, as trio's does. Its rules:
 *
 * - The body is a task. `run` settles only when every task has ended, however it ends.
 * - The first failure aborts `signal`. A task that then ends with the signal's reason did not fail.
 * - Each failure comes out of `run` once: one as it is, several in an AggregateError. An error object
 *   that several tasks end with, such as the loss of their host, is one failure.
 * - Tasks are told to end, never abandoned: one that ignores `signal` holds `run` up.
 */
import { CancelledError, combine, describe, isCancellation, NurseryClosedError } from "./errors.ts";
import { StopOrder } from "./stop_order.ts";

/** How a nursery is run. */
export interface NurseryOptions {
  /** Cancels the nursery when aborted; `run` then throws its reason. */
  signal?: AbortSignal | undefined;
}

/** An owner of background tasks; made by {@linkcode Nursery.run}. */
export class Nursery {
  readonly #controller = new AbortController();
  readonly #order = new StopOrder();
  /** What was thrown, and by which task. */
  readonly #failures = new Map<unknown, string>();
  readonly #ended = Promise.withResolvers<void>();
  #running = 0;
  #closed = false;

  private constructor() {}

  /**
   * Runs `body` with a new nursery, and settles when the body and every task have ended. That the body
   * returns does not end the tasks: they run on until they end or the nursery is cancelled.
   *
   * @returns What the body returned.
   * @throws What a task or the body threw; an {@linkcode AggregateError} if several threw.
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
    const { signal } = options;
    signal?.throwIfAborted();
    const nursery = new Nursery();
    let cancelled = false;
    const onAbort = () => {
      cancelled = !nursery.#closed;
      nursery.cancel(signal?.reason);
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    let result: { value: T } | undefined;
    nursery.#begin("body", async () => {
      result = { value: await body(nursery) };
    });
    await nursery.#ended.promise;
    signal?.removeEventListener("abort", onAbort);
    if (nursery.#failures.size > 0) throw combine(nursery.#failures);
    if (cancelled) throw signal?.reason;
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
   * Starts a task that stops in its turn: once the nursery is cancelled, `turn` settles when every
   * ordered task begun later has ended. So what was started last stops first, and nothing stops before
   * those that may use it. The turn of one that is begun in a cancelled nursery has come at once.
   *
   * @param name Names the task in errors.
   * @throws {NurseryClosedError} If every task of the nursery has ended.
   */
  ordered(
    task: (signal: AbortSignal, turn: Promise<void>) => Promise<void>,
    name = "task",
  ): void {
    this.#begin(name, async () => {
      const place = this.#order.enter();
      try {
        await task(this.signal, place.turn);
      } finally {
        this.#order.leave(place);
      }
    });
  }

  /** Tells every task to end, by aborting {@linkcode Nursery.signal}. Only the first reason counts. */
  cancel(reason: unknown = new CancelledError("The nursery was cancelled")): void {
    if (this.signal.aborted) return;
    this.#controller.abort(reason);
    this.#order.stop();
  }

  #begin(name: string, task: () => Promise<void>): void {
    if (this.#closed) {
      throw new NurseryClosedError(`Cannot start ${name}: every task of its nursery has ended`);
    }
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
    const [summary] = describe(error).split("\n");
    this.cancel(new CancelledError(`Cancelled, as ${task} failed: ${summary}`, { cause: error }));
  }
}
