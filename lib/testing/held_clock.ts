/**
 * A clock that stands still until the test moves it, as trio's MockClock does: a test of an hour takes
 * no time, and never depends on how fast the machine is.
 */
import type { Clock, Milliseconds } from "../clock/mod.ts";

interface Sleeper {
  readonly until: Milliseconds;
  readonly wake: () => void;
}

/** Time that passes only in {@linkcode HeldClock.advance}. */
export class HeldClock implements Clock {
  readonly #from: Milliseconds;
  #now: Milliseconds = 0;
  #sleepers: Sleeper[] = [];
  #watchers: { count: number; resolve: () => void }[] = [];

  /** @param from The date at its beginning, in milliseconds since 1970. */
  constructor(from: Milliseconds = 0) {
    this.#from = from;
  }

  now(): Milliseconds {
    return this.#now;
  }

  date(): Milliseconds {
    return this.#from + this.#now;
  }

  /** How many wait for a time to come. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(
    duration: Milliseconds,
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (duration <= 0) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      reject(signal!.reason);
    };
    const wake = () => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    };
    const sleeper = { until: this.#now + duration, wake };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#sleepers.push(sleeper);
    this.#tell();
    return promise;
  }

  /** Settles when at least `count` wait for a time to come. */
  untilSleeping(count: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#watchers.push({ count, resolve });
    this.#tell();
    return promise;
  }

  /**
   * Lets time pass. Whoever waits is woken at its time, the earliest first, and what follows at once
   * from that has happened before the next one is woken, and when this settles.
   */
  async advance(duration: Milliseconds): Promise<void> {
    const end = this.#now + duration;
    await turn();
    for (let next; (next = this.#next(end)); await turn()) {
      this.#now = Math.max(this.#now, next.until);
      this.#sleepers = this.#sleepers.filter((other) => other !== next);
      next.wake();
    }
    this.#now = end;
  }

  #next(end: Milliseconds): Sleeper | undefined {
    const due = this.#sleepers.filter(({ until }) => until <= end);
    return due.toSorted((a, b) => a.until - b.until)[0];
  }

  #tell(): void {
    const isMet = ({ count }: { count: number }) => this.#sleepers.length >= count;
    for (const { resolve } of this.#watchers.filter(isMet)) resolve();
    this.#watchers = this.#watchers.filter((watcher) => !isMet(watcher));
  }
}

/** One turn of the event loop: every promise that can settle without the world has settled. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(() => setImmediate(resolve))));
}
