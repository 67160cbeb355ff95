/**
 * Tasks that run again and again. Rules:
 *
 * - There is one run at a time. What was due while one was under way, or while the machine slept, is missed:
 *   it is counted and told, and not made up for. So late runs never pile up.
 * - The times stay where they are, whatever the runs take: an interval is not measured from the last run.
 * - A run that fails is told, and the next one comes; so many in a row as `giveUpAfter` fail the nursery.
 * - It ends with its nursery, whose clock it goes by, and waits for the run that is under way.
 */
import type { Milliseconds } from "../clock/mod.ts";
import { describe, isCancellation } from "./errors.ts";
import type { Nursery } from "./nursery.ts";
import { type Schedule, scheduleOf } from "./schedule.ts";

/** What happens to a periodic task. */
export type PeriodicEvent =
  | {
    readonly kind: "failed";
    readonly name: string;
    readonly error: unknown;
    readonly inARow: number;
  }
  | { readonly kind: "missed"; readonly name: string; readonly count: number };

/** How a task is repeated. */
export interface EveryOptions {
  /**
   * Names it in errors and reports.
   *
   * @default "task every …"
   */
  name?: string;
  /**
   * The time zone of a cron line, by its name in the IANA database, as "Europe/Berlin".
   *
   * @default "UTC"
   */
  timeZone?: string;
  /**
   * Whether it runs at once, too; else for the first time when the first interval is over.
   *
   * @default false
   */
  immediately?: boolean;
  /**
   * How many runs must fail in a row until the nursery fails with the last one's error: with 1 each failure
   * is one of the nursery.
   *
   * @default Infinity
   */
  giveUpAfter?: number;
  /**
   * Is told of runs that failed and that were missed.
   *
   * @default a line for each on standard error
   */
  report?: (event: PeriodicEvent) => void;
}

/** A task that is repeated. */
export interface Periodic {
  readonly name: string;
  /** Runs that have ended, in whatever way. */
  readonly runs: number;
  /** Of those, how many failed. */
  readonly failed: number;
  /** How many were due and left out. */
  readonly missed: number;
  /** What the last run failed with, if it did. */
  readonly lastError: unknown;
  /**
   * Begins no more runs, aborts the signal of one that is under way, and settles when that has ended; so the
   * task itself cannot wait for it.
   */
  stop(): Promise<void>;
}

/**
 * Runs a task again and again until the nursery is cancelled: each time an interval is over, or at the times
 * of a cron line.
 *
 * @example
 * ```ts
 * import { Command, every, minutes, type Nursery, type Thread } from "bailiwick";
 *
 * function maintain(nursery: Nursery, thread: Thread): void {
 *   every(nursery, minutes(5), async (signal) => {
 *     await thread.run(new Command("psql", ["-c", "vacuum"]), { user: "postgres", signal });
 *   }, { name: "vacuum" });
 *   every(nursery, "0 3 * * mon-fri", async (signal) => {
 *     await thread.run(new Command("backup"), { signal });
 *   }, { name: "backup", timeZone: "Europe/Berlin", giveUpAfter: 3 });
 * }
 * ```
 *
 * @param when Milliseconds, or a line as of crontab(5) with five fields, or @hourly, @daily, @weekly,
 *   @monthly, @yearly.
 * @param task Gets a signal that is aborted when it is to end.
 * @throws {RangeError} If the interval is not positive, or the line is none; if there is no such time zone; if
 *   `giveUpAfter` is less than 1.
 * @throws {NurseryClosedError} If every task of the nursery has ended.
 */
export function every(
  nursery: Nursery,
  when: Milliseconds | string,
  task: (signal: AbortSignal) => Promise<void>,
  options: EveryOptions = {},
): Periodic {
  const { giveUpAfter = Infinity, name = `task every ${named(when)}` } = options;
  if (!(giveUpAfter >= 1)) throw new RangeError(`giveUpAfter is 1 or more, not ${giveUpAfter}`);
  const schedule = scheduleOf(when, nursery.clock, options);
  const periodic = new Repeated({ ...options, name, giveUpAfter }, schedule, task);
  nursery.spawn((signal) => periodic.repeat(signal), name);
  return periodic;
}

function named(when: Milliseconds | string): string {
  return typeof when === "string" ? JSON.stringify(when) : `${when / 1000} s`;
}

class Repeated implements Periodic {
  readonly name: string;
  readonly #options: EveryOptions & { readonly giveUpAfter: number };
  readonly #schedule: Schedule;
  readonly #task: (signal: AbortSignal) => Promise<void>;
  readonly #stopping = new AbortController();
  readonly #ended = Promise.withResolvers<void>();
  runs = 0;
  failed = 0;
  missed = 0;
  lastError: unknown;
  #inARow = 0;

  constructor(
    options: EveryOptions & { readonly name: string; readonly giveUpAfter: number },
    schedule: Schedule,
    task: (signal: AbortSignal) => Promise<void>,
  ) {
    this.name = options.name;
    this.#options = options;
    this.#schedule = schedule;
    this.#task = task;
  }

  async stop(): Promise<void> {
    this.#stopping.abort(STOPPED);
    await this.#ended.promise;
  }

  async repeat(nursery: AbortSignal): Promise<void> {
    const signal = AbortSignal.any([nursery, this.#stopping.signal]);
    try {
      for (let due = this.#schedule.first;; due = this.#following(due)) {
        await this.#schedule.until(due, signal);
        await this.#run(signal);
      }
    } catch (error) {
      if (!isCancellation(error, this.#stopping.signal)) throw error;
    } finally {
      this.#ended.resolve();
    }
  }

  /** The next time that is not over; those that are, are missed. */
  #following(due: Milliseconds): Milliseconds {
    const { next, missed } = this.#schedule.following(due);
    this.missed += missed;
    if (missed > 0) this.#report({ kind: "missed", name: this.name, count: missed });
    return next;
  }

  async #run(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    try {
      await this.#task(signal);
      this.#inARow = 0;
      this.lastError = undefined;
    } catch (error) {
      if (isCancellation(error, signal)) throw error;
      this.failed++;
      this.#inARow++;
      this.lastError = error;
      if (this.#inARow >= this.#options.giveUpAfter) throw error;
      this.#report({ kind: "failed", name: this.name, error, inARow: this.#inARow });
    } finally {
      this.runs++;
    }
  }

  #report(event: PeriodicEvent): void {
    (this.#options.report ?? tell)(event);
  }
}

const STOPPED = Symbol("The periodic task was stopped");

function tell(event: PeriodicEvent): void {
  const what = event.kind === "missed"
    ? `was still running, or not awake, when it was due: ${event.count} left out`
    : `failed${event.inARow > 1 ? `, ${event.inARow} times in a row` : ""}: ${
      describe(event.error)
    }`;
  console.error(`${event.name} ${what}`);
}
