/** Clones that work side by side for one copy: each may have its own share of bytes on the way. */
import type { Thread } from "../../thread/mod.ts";

/** Some clones of one thread, made as they are needed. */
export class Team {
  readonly #origin: Thread;
  readonly #members: Promise<Thread>[] = [];

  constructor(origin: Thread) {
    this.#origin = origin;
  }

  /** The member with this index, whose files get exactly the modes that they are made with. */
  member(index: number): Promise<Thread> {
    return this.#members[index] ??= this.#make();
  }

  /** Ends all members, and with them what they were doing; settles when they have ended. */
  async end(): Promise<void> {
    await Promise.allSettled(this.#members.map(async (member) => {
      await (await member)[Symbol.asyncDispose]();
    }));
  }

  async #make(): Promise<Thread> {
    const member = await this.#origin.clone();
    // Not waited for: what is asked of the member later comes after it.
    member.batch((b) => b.umask(0)).catch(() => {});
    return member;
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
