/** Which start functions are running, for whoever fails in one of them. */
import { AsyncLocalStorage } from "node:async_hooks";

const running = new AsyncLocalStorage<readonly string[]>();

/**
 * Runs a start function under a name, which a service that fails in it then has in its error: "waiting
 * for it: startShard, in startTrading".
 *
 * @example
 * ```ts
 * import { Command, type Nursery, starting, startService, type Thread } from "bailiwick";
 *
 * export function startPair(nursery: Nursery, thread: Thread) {
 *   return starting("startPair", async () => {
 *     await startService(nursery, thread, new Command("left"), { ready: 3 });
 *     await startService(nursery, thread, new Command("right"), { ready: 3 });
 *   });
 * }
 * ```
 */
export function starting<T>(name: string, start: () => Promise<T>): Promise<T> {
  const task = () => running.run([name, ...whichStarts()], start);
  return follower === undefined ? task() : followed(follower, name, task);
}

/** Is told that a start function runs; what it returns is told how that ended. */
export type StartFollower = (name: string) => (failure: unknown) => void;

let follower: StartFollower | undefined;

/** For the library: has all start functions followed from now on; there is one who follows. */
export function followStarts(by: StartFollower): void {
  follower = by;
}

async function followed<T>(by: StartFollower, name: string, task: () => Promise<T>): Promise<T> {
  const ended = by(name);
  try {
    const value = await task();
    ended(undefined);
    return value;
  } catch (error) {
    ended(error);
    throw error;
  }
}

/** The start functions that are running here, innermost first. */
export function whichStarts(): readonly string[] {
  return running.getStore() ?? [];
}
