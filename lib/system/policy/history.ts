/**
 * What failed before in a scope. Only the last {@linkcode REMEMBERED} before one are known one by one, so that
 * a service that fails for a year takes no more memory than that.
 */
import type { Clock, Milliseconds } from "../../clock/mod.ts";

/** The failures of a scope up to one of them, by its clock. */
export interface Past {
  /** All, this one included, since the scope began, or began anew. */
  readonly count: number;
  /** How many were in the last `duration`, this one not included; of the last 1,000. */
  within(duration: Milliseconds): number;
  /**
   * How many times in a row what failed now has failed without being well for so long in between, this one
   * included; of the last 1,000 failures of the scope.
   */
  inARow(healthy: Milliseconds): number;
}

/** How many failures of a scope are known one by one, besides the last. */
export const REMEMBERED = 1000;

interface Entry {
  readonly path: string;
  readonly at: Milliseconds;
  /** Since when it is well again. */
  readonly wellSince: Milliseconds;
}

/** Takes down the failures of a scope. */
export class History {
  readonly #clock: Clock;
  /** The last failures; never changed in place, as each past keeps its own. */
  #entries: readonly Entry[] = [];
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Takes down a failure. */
  record(path: string): Past {
    const at = this.#clock.now();
    this.#entries = [...this.#entries.slice(-REMEMBERED), { path, at, wellSince: at }];
    this.#count++;
    return pastOf(this.#entries, this.#count);
  }

  /**
   * The failure that was taken down last does not count, as what failed is left down: limits are for what
   * is started again.
   */
  withdraw(): void {
    this.#entries = this.#entries.slice(0, -1);
    this.#count--;
  }

  /** What failed stands again. Its health is counted from now on; else from its failure. */
  recovered(path: string): void {
    const index = this.#entries.findLastIndex((entry) => entry.path === path);
    const entry = this.#entries[index];
    if (!entry) return;
    this.#entries = this.#entries.with(index, { ...entry, wellSince: this.#clock.now() });
  }

  /** Begins anew: nothing has failed. */
  forget(): void {
    this.#entries = [];
    this.#count = 0;
  }
}

function pastOf(entries: readonly Entry[], count: number): Past {
  const { path, at: now } = entries.at(-1)!;
  const before = entries.slice(0, -1);
  return {
    count,
    within: (duration) => before.filter(({ at }) => at >= now - duration).length,
    inARow: (healthy) => {
      let failedAt = now;
      let inARow = 1;
      for (const entry of before.filter((entry) => entry.path === path).reverse()) {
        if (failedAt - entry.wellSince >= healthy) break;
        failedAt = entry.at;
        inARow++;
      }
      return inARow;
    },
  };
}
