/**
 * Time, as everything from the nursery up takes it: from a clock that it was given, so that a test can
 * hold it still. Rules:
 *
 * - Every duration in the library is in milliseconds, and its type says so.
 * - A clock never goes back, and its beginning means nothing: only differences do. The calendar's time is
 *   another, by which nothing is waited for but what has a date.
 * - `Infinity` is a duration: it never ends by itself.
 */

/** A duration, in milliseconds. */
export type Milliseconds = number;

/** A duration that is given in seconds. */
export function seconds(count: number): Milliseconds {
  return count * 1000;
}

/** A duration that is given in minutes. */
export function minutes(count: number): Milliseconds {
  return count * 60_000;
}

/**
 * The duration, if it is one.
 *
 * @param name What it is, for the error.
 * @throws {RangeError} If it is negative or no number.
 */
export function checkDuration(name: string, duration: Milliseconds): Milliseconds {
  if (typeof duration === "number" && duration >= 0) return duration;
  throw new RangeError(`${name} is a duration of 0 or more milliseconds, not ${duration}`);
}

/** Tells the time and waits for it. */
export interface Clock {
  /** The time since a moment that stays the same. */
  now(): Milliseconds;
  /** The time of the calendar, since the beginning of 1970 in UTC. It may be set, and so go back. */
  date(): Milliseconds;
  /**
   * Waits.
   *
   * @throws The reason of `signal`, when that is aborted first.
   */
  sleep(
    duration: Milliseconds,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<void>;
}

/** The longest that a timer can be set to; it would go off at once for more. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  async sleep(duration, { signal } = {}) {
    signal?.throwIfAborted();
    for (let left = duration; left > 0; left -= LONGEST_TIMER) {
      await timer(Math.min(left, LONGEST_TIMER), signal);
    }
  },
};

function timer(duration: Milliseconds, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const id = setTimeout(() => {
    signal?.removeEventListener("abort", onAbort);
    resolve();
  }, duration);
  const onAbort = () => {
    clearTimeout(id);
    reject(signal!.reason);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  return promise;
}
