/** Waiting with a limit: what is waited for may never come. */
import type { Clock, Milliseconds } from "./clock.ts";

/**
 * Why a wait is given up whose end nobody needs. It is no error: nobody sees it, one for each wait would be
 * dear, and a program's first takes longer to make than the library to load.
 */
const NOT_NEEDED = Symbol("It is not needed any more");

/**
 * Waits until the promise settles or `limit` is over, and says whether it settled. What settles in this turn
 * of the event loop costs no timer.
 *
 * @throws What the promise rejects with, in time.
 */
export async function within(
  clock: Clock,
  limit: Milliseconds,
  promise: Promise<unknown>,
): Promise<boolean> {
  const settled = promise.then(() => true);
  if (await Promise.race([settled, endOfTurn()])) return true;
  const over = new AbortController();
  const late = clock.sleep(limit, { signal: over.signal }).then(() => false, () => true);
  try {
    return await Promise.race([settled, late]);
  } finally {
    over.abort(NOT_NEEDED);
  }
}

let turn: Promise<void> | undefined;

/** Settles at the end of this turn of the event loop; one for all that wait for it. */
function endOfTurn(): Promise<void> {
  return turn ??= new Promise((resolve) =>
    setImmediate(() => {
      turn = undefined;
      resolve();
    })
  );
}

/** A signal that is aborted when a time is over. Disposing it in time takes that back. */
export class TimeLimit implements Disposable {
  readonly #controller = new AbortController();
  readonly #over = new AbortController();

  /** @param reason Makes what the signal is aborted with. */
  constructor(clock: Clock, limit: Milliseconds, reason: () => unknown) {
    clock.sleep(limit, { signal: this.#over.signal }).then(
      () => this.#controller.abort(reason()),
      () => {},
    );
  }

  /** Aborted when the time is over. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    this.#over.abort(NOT_NEEDED);
  }
}

/** What the promise settles with, or the reason of `signal` if that comes first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() =>
    signal.removeEventListener("abort", onAbort)
  );
}
