import type { Milliseconds } from "../clock/mod.ts";

/**
 * Why a nursery's signal is aborted: one of its tasks failed (`cause`), or {@linkcode Nursery.cancel}
 * was called without a reason. Named "AbortError", as the errors of other aborted work are.
 */
export class CancelledError extends Error {
  override readonly name = "AbortError";
}

/** A task was given to a nursery whose tasks have all ended. */
export class NurseryClosedError extends Error {
  override readonly name = "NurseryClosedError";
}

/** One failure as it is; several in one error that lists them. Keys are what was thrown, values by whom. */
export function combine(failures: ReadonlyMap<unknown, string>): unknown {
  const errors = [...failures.keys()];
  if (errors.length === 1) return errors[0];
  const lines = Array.from(failures, ([error, task]) => {
    return `\n  ${task}: ${describe(error).replaceAll("\n", "\n  ")}`;
  });
  return new AggregateError(errors, `${errors.length} tasks failed${lines.join("")}`, {
    cause: errors[0],
  });
}

/** When each error first failed a nursery; it is known for as long as the error is. */
const times = new WeakMap<object, Milliseconds>();

/** Takes note of when a nursery failed, by its clock; the first that an error fails counts. */
export function noteFailure(error: unknown, time: Milliseconds): void {
  if (error instanceof Error && !times.has(error)) times.set(error, time);
}

/** When an error first failed a nursery, by the clock of that; undefined if it has failed none. */
export function failedAt(error: unknown): Milliseconds | undefined {
  return error instanceof Error ? times.get(error) : undefined;
}

/** What an error says. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** The first line of what an error says. */
export function summary(error: unknown): string {
  return describe(error).split("\n", 1)[0]!;
}

/**
 * Whether an error only says that `signal` was aborted. Node's functions throw an AbortError of their
 * own, some with the reason as its cause and some without.
 */
export function isCancellation(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  if (error === signal.reason) return true;
  if (!(error instanceof Error) || error.name !== "AbortError") return false;
  return error.cause === undefined || error.cause === signal.reason;
}
