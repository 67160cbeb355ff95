/** Clones that work side by side for one copy: each may have its own share of bytes on the way. */
import type { Thread } from "../../thread/mod.ts";

/** Pieces of work that the thread itself has at once: what it may have unanswered. */
const FIRST = 3;

/**
 * A thread and clones of it, which hold the descriptors that it held when they were made. The first work is
 * the thread's own, so that it waits for no clone.
 */
export class Team {
  readonly #origin: Thread;
  readonly #size: number;
  readonly #clones = new Map<number, Promise<Thread>>();

  constructor(origin: Thread, size: number) {
    this.#origin = origin;
    this.#size = size;
  }

  /** Who does the work of a worker. */
  async member(worker: number): Promise<Thread> {
    const index = worker < FIRST ? 0 : worker % this.#size;
    if (index === 0) return this.#origin;
    let clone = this.#clones.get(index);
    if (!clone) this.#clones.set(index, clone = this.#origin.clone());
    return await clone;
  }

  /** Ends the clones, and with them what they were doing; settles when they have ended. */
  async end(): Promise<void> {
    await Promise.allSettled([...this.#clones.values()].map(async (clone) => {
      await (await clone)[Symbol.asyncDispose]();
    }));
  }
}

/**
 * Runs `task` for each item, `limit` at once, with the number of the worker that does it. The first
 * failure aborts the others, and is thrown when they have ended.
 */
export async function atOnce<T>(
  items: readonly T[],
  limit: number,
  task: (item: T, worker: number, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failing = new AbortController();
  let next = 0;
  const work = async (worker: number) => {
    while (next < items.length && !failing.signal.aborted) {
      await task(items[next++]!, worker, failing.signal);
    }
  };
  const workers = Array.from({ length: Math.min(limit, items.length) }, async (_, worker) => {
    try {
      await work(worker);
    } catch (error) {
      failing.abort(error);
    }
  });
  await Promise.all(workers);
  if (failing.signal.aborted) throw failing.signal.reason;
}
