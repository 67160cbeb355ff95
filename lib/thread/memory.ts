/**
 * Whether an answer that a host gave before does in the place of asking it again. What does not change by
 * itself is remembered; but somebody may have changed it, so only who would find that out may rely on it: a
 * scope that is run again after a run that succeeded. If it fails then, it is run once more, and asks.
 */
import { AsyncLocalStorage } from "node:async_hooks";

const trusted = new AsyncLocalStorage<boolean>();

/** Runs a task in which answers that were remembered do, or do not. */
export function relyingOnMemory<T>(relies: boolean, task: () => T): T {
  return trusted.run(relies, task);
}

/** Whether answers that were remembered do here. */
export function reliesOnMemory(): boolean {
  return trusted.getStore() === true;
}
