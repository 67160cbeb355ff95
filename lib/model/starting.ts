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
  return running.run([name, ...whichStarts()], start);
}

/** The start functions that are running here, innermost first. */
export function whichStarts(): readonly string[] {
  return running.getStore() ?? [];
}
