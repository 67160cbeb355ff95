import { checkDuration, type Milliseconds, minutes, seconds } from "../../clock/mod.ts";
import type { Past } from "./history.ts";

/** How long what failed waits until it is started again. */
export interface BackoffOptions {
  /**
   * After the first failure; it doubles with each one that follows.
   *
   * @default 100
   */
  first?: Milliseconds;
  /**
   * At the most.
   *
   * @default seconds(30)
   */
  most?: Milliseconds;
  /**
   * By what part of it, at the most, it is shortened by chance, so that what failed together does not start
   * together for ever: from 0 to 1.
   *
   * @default 0.25
   */
  jitter?: number;
  /**
   * After how long without a failure it begins anew.
   *
   * @default minutes(1)
   */
  healthy?: Milliseconds;
  /**
   * Chance: a number from 0 up to, not including, 1.
   *
   * @default Math.random
   */
  random?: () => number;
}

/**
 * How long to wait after this failure: longer with each that what failed had in a row.
 *
 * @throws {RangeError} If a duration is negative or no number, or `jitter` is not from 0 to 1.
 *
 * @example
 * ```ts
 * import { again, backoff, minutes, type Policy, seconds } from "bailiwick";
 *
 * const policy: Policy = (_failure, past) => {
 *   const after = backoff(past, { first: 50, most: seconds(5), jitter: 0.5, healthy: minutes(5) });
 *   return again({ after });
 * };
 * ```
 */
export function backoff(past: Past, options: BackoffOptions = {}): Milliseconds {
  const { first, most, jitter, healthy, random } = checkBackoff(options);
  const duration = Math.min(most, first * 2 ** (past.inARow(healthy) - 1));
  return duration * (1 - jitter * random());
}

/** The options, with what they are by default. */
export function checkBackoff(options: BackoffOptions): Required<BackoffOptions> {
  const { jitter = 0.25, random = Math.random } = options;
  if (!(jitter >= 0 && jitter <= 1)) throw new RangeError(`jitter is from 0 to 1, not ${jitter}`);
  return {
    first: checkDuration("first", options.first ?? 100),
    most: checkDuration("most", options.most ?? seconds(30)),
    jitter,
    healthy: checkDuration("healthy", options.healthy ?? minutes(1)),
    random,
  };
}
