/** Clones that work side by side for one copy: each may have its own share of bytes on the way. */
import type { Thread } from "../../thread/mod.ts";

/** Clones of one thread, which hold the descriptors that it held when they were made. */
export class Team {
  readonly #members: readonly Promise<Thread>[];

  constructor(origin: Thread, size: number) {
    this.#members = Array.from({ length: size }, () => origin.clone());
    for (const member of this.#members) member.catch(() => {}); // Who asks for it is told.
  }

  /** The member whose turn a piece of work with this number is. */
  member(index: number): Promise<Thread> {
    return this.#members[index % this.#members.length]!;
  }

  /** Ends all members, and with them what they were doing; settles when they have ended. */
  async end(): Promise<void> {
    await Promise.allSettled(this.#members.map(async (member) => {
      await (await member)[Symbol.asyncDispose]();
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
