/** The times that a periodic task is due at: after each interval, or by the calendar. */
import type { Clock, Milliseconds } from "../clock/mod.ts";
import { CronLine } from "./cron.ts";

/** Times on one of a clock's two scales. */
export interface Schedule {
  readonly first: Milliseconds;
  /** The first time after one that is not over, and how many before it are. */
  following(due: Milliseconds): { readonly next: Milliseconds; readonly missed: number };
  /** Settles when a time has come. */
  until(time: Milliseconds, signal: AbortSignal): Promise<void>;
}

/** When a schedule begins. */
export interface ScheduleOptions {
  readonly timeZone?: string;
  readonly immediately?: boolean;
}

/** How long a sleep is taken to be right about the calendar, which may be set, or have gone on in a suspend. */
const TRUSTED: Milliseconds = 60_000;
/** So many times of a calendar are counted that were missed; more are not looked for. */
const MOST_COUNTED = 1000;

/**
 * The times of an interval or a cron line.
 *
 * @throws {RangeError} If it is neither.
 */
export function scheduleOf(
  when: Milliseconds | string,
  clock: Clock,
  options: ScheduleOptions,
): Schedule {
  return typeof when === "string"
    ? byCalendar(new CronLine(when, options.timeZone), clock, options)
    : byInterval(when, clock, options);
}

function byCalendar(line: CronLine, clock: Clock, { immediately }: ScheduleOptions): Schedule {
  return {
    first: immediately ? clock.date() : line.next(clock.date()),
    following(due) {
      const now = clock.date();
      let [next, missed] = [line.next(due), 0];
      for (; next < now && missed < MOST_COUNTED; missed++) next = line.next(next);
      return { next: next < now ? line.next(now) : next, missed };
    },
    async until(time, signal) {
      for (let left; (left = time - clock.date()) > 0;) {
        await clock.sleep(Math.min(left, TRUSTED), { signal });
      }
    },
  };
}

function byInterval(interval: Milliseconds, clock: Clock, options: ScheduleOptions): Schedule {
  if (!(interval > 0 && interval < Infinity)) {
    throw new RangeError(`An interval is a positive number of milliseconds, not ${interval}`);
  }
  const start = clock.now();
  return {
    first: options.immediately ? start : start + interval,
    following(due) {
      const missed = Math.max(0, Math.ceil((clock.now() - due) / interval) - 1);
      return { next: due + (missed + 1) * interval, missed };
    },
    until: (time, signal) => clock.sleep(time - clock.now(), { signal }),
  };
}
