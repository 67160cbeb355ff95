/**
 * Policies say what is done about a failure, and do nothing themselves: they are functions of the failure
 * and the past, without processes and timers. Rules of those that are ready:
 *
 * - A limit counts all failures of the scope, whatever failed, as the intensity of Erlang's supervisors does.
 *   Waiting grows with the failures of the one that failed.
 * - A scope whose first run fails has nothing to keep up, so it fails; and so does one whose host is lost, if
 *   nobody reconnects that.
 * - Whatever fails in ways that are not named here is started again as the others are.
 */
import { checkDuration, type Milliseconds, minutes } from "../../clock/mod.ts";
import { summary } from "../../nursery/errors.ts";
import type { WaitStatus } from "../../thread/mod.ts";
import { again, type Answer, type Extent, fail, leave } from "./answer.ts";
import { ask, usualChoices } from "./ask.ts";
import { backoff, type BackoffOptions, checkBackoff } from "./backoff.ts";
import { type Past, REMEMBERED } from "./history.ts";

/** What failed in a scope. */
export interface Failure {
  /**
   * A service ended ("service") or is unready, by its probe or its own word ("unready"); the body threw
   * ("body"), or one of its background tasks ("task"); a scope inside of it failed ("scope"); a host was
   * lost ("host").
   */
  readonly kind: "service" | "unready" | "body" | "task" | "scope" | "host";
  /** The full path of what failed, as "shard-0/orderd". */
  readonly path: string;
  readonly error: unknown;
  /** Whether it is a service that ended by itself, with status 0. */
  readonly endedCleanly: boolean;
  /** How it ended, if it is a process that failed. */
  readonly status: WaitStatus | undefined;
  /** Its last output. */
  readonly lastLines: readonly string[];
  /** The last line of its output; may be empty. */
  readonly lastLine: string;
  /** Whether the scope's first run has not returned yet: nothing stood before. */
  readonly isFirst: boolean;
}

/**
 * What is done about the failures of a scope: any function of the failure and the past.
 *
 * @example
 * ```ts
 * import { again, ask, backoff, fail, leave, minutes, type Policy } from "bailiwick";
 *
 * const policy: Policy = (failure, past) =>
 *   failure.status?.status === 2
 *     ? fail("bad arguments: no use trying")
 *     : past.within(minutes(10)) < 5
 *     ? again({ after: backoff(past) })
 *     : ask(`${failure.path} failed: ${failure.lastLine}`, { retry: again(), leave: leave() });
 * ```
 */
export interface Policy {
  (failure: Failure, past: Past): Answer;
  /**
   * Whether it is asked about a finite service that ended cleanly, too.
   *
   * @default false
   */
  readonly cleanEnds?: boolean;
}

/** What {@linkcode onFailure} and {@linkcode always} do. */
export interface OnFailureOptions {
  /**
   * How many failures within the time are answered by starting again: up to 1,000, or Infinity.
   *
   * @default 5
   */
  most?: number;
  /**
   * In which time these are counted.
   *
   * @default minutes(10)
   */
  within?: Milliseconds;
  /**
   * What is started anew.
   *
   * @default "one"
   */
  again?: Extent;
  /** How long what failed waits. */
  backoff?: BackoffOptions;
  /**
   * What is done when the first run of the scope fails.
   *
   * @default "fail"
   */
  start?: "fail" | "again";
  /**
   * How long a service may be unready until it has failed; false is for ever.
   *
   * @default false
   */
  unready?: Milliseconds | false;
  /**
   * What is done about one failure more than `most`.
   *
   * @default "ask"
   */
  exhausted?: "ask" | "fail";
}

/** The first failure is the scope's. */
export const never: Policy = () => fail();

/**
 * Starts again what failed, after a time that grows; asks when that happens too often.
 *
 * @throws {RangeError} If an option is out of its range.
 *
 * @example
 * ```ts
 * import { minutes, onFailure, seconds } from "bailiwick";
 *
 * const policy = onFailure({
 *   most: 2,
 *   within: minutes(10),
 *   again: "rest",
 *   unready: seconds(30),
 *   exhausted: "fail",
 * });
 * ```
 */
export function onFailure(options: OnFailureOptions = {}): Policy {
  return restarting(options, () => false);
}

/**
 * As {@linkcode onFailure}, and a finite service that ended cleanly is started again, too.
 *
 * @throws {RangeError} If an option is out of its range.
 */
export function always(options: OnFailureOptions = {}): Policy {
  return Object.assign(restarting(options, ({ endedCleanly }) => endedCleanly), {
    cleanEnds: true,
  });
}

/** @param isFine Whether that is no failure of a start. */
function restarting(
  options: OnFailureOptions,
  isFine: (failure: Failure) => boolean,
): Policy {
  const { again: what = "one", start = "fail", unready = false, exhausted = "ask" } = options;
  const { most = 5, within = minutes(10) } = options;
  checkMost(most);
  checkDuration("within", within);
  if (unready !== false) checkDuration("unready", unready);
  const waiting = checkBackoff(options.backoff ?? {});

  return (failure, past) => {
    const isUnready = failure.kind === "unready";
    if (isUnready && unready === false) return leave();
    if (failure.kind === "host") return fail();
    if (failure.isFirst && start === "fail" && !isFine(failure)) return fail();
    const before = past.within(within);
    if (before >= most) {
      const question = tooOften(failure, before + 1, within);
      return exhausted === "fail" ? fail(question) : ask(question, usualChoices(what));
    }
    const patience = isUnready && unready !== false ? unready : 0;
    return again({ what, after: Math.max(patience, backoff(past, waiting)) });
  };
}

function checkMost(most: number): void {
  if (most === Infinity || (Number.isInteger(most) && most >= 0 && most <= REMEMBERED)) return;
  throw new RangeError(`most is a whole number from 0 to ${REMEMBERED}, or Infinity, not ${most}`);
}

function tooOften(failure: Failure, count: number, within: Milliseconds): string {
  const times = count === 1 ? "once" : `${count} times`;
  const said = failure.lastLine === "" ? "" : `; its last line: ${failure.lastLine}`;
  return `Failed ${times} in ${inWords(within)}, now ${failure.path}: ${how(failure)}${said}`;
}

function how({ status, error }: Failure): string {
  return status ? `${status}` : summary(error);
}

function inWords(duration: Milliseconds): string {
  if (duration < minutes(2)) return `${duration / 1000} s`;
  return duration === Infinity ? "all" : `${duration / minutes(1)} minutes`;
}
