/**
 * Cron lines, crontab(5): minute, hour, day of the month, month, day of the week, in a time zone. Rules:
 *
 * - When both days are given, a day that is one of them will do.
 * - A time of day that a change to summer time leaves out is as much later as the clock jumped; one that
 *   comes twice counts once. But a line for every hour (`*`) follows the time that passes: it leaves out what
 *   is not there, and counts twice what comes twice.
 */
import type { Milliseconds } from "../clock/mod.ts";

/** A field of a line: what it is, its range, and the names that numbers have in it. */
interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");
const FIELDS: readonly Field[] = [
  { name: "the minute", least: 0, most: 59 },
  { name: "the hour", least: 0, most: 23 },
  { name: "the day of the month", least: 1, most: 31 },
  { name: "the month", least: 1, most: 12, names: MONTHS },
  { name: "the day of the week", least: 0, most: 7, names: DAYS },
];
const SHORT: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};
const MINUTE: Milliseconds = 60_000;
/** 29 February is eight years from the next at the most. */
const SEARCHED = 8 * 366 + 1;

type Numbers = ReadonlySet<number>;

/**
 * When something is to happen, by the calendar.
 *
 * @example
 * ```ts
 * import { CronLine, systemClock } from "bailiwick";
 *
 * const backup = new CronLine("30 2 * * mon-fri", "Europe/Berlin");
 * console.log(`The next backup is at ${new Date(backup.next(systemClock.date()))}`);
 * ```
 */
export class CronLine {
  readonly line: string;
  readonly timeZone: string;
  readonly #minutes: Numbers;
  readonly #hours: Numbers;
  readonly #days: Numbers;
  readonly #months: Numbers;
  readonly #weekdays: Numbers;
  readonly #isEveryHour: boolean;
  readonly #isEitherDay: boolean;

  /**
   * @param timeZone A name of the IANA database, as "Europe/Berlin".
   * @throws {RangeError} If it is no such line, describes no day that ever comes, or there is no such zone.
   */
  constructor(line: string, timeZone = "UTC") {
    this.line = line;
    this.timeZone = timeZone;
    const trimmed = line.trim();
    const fields = (SHORT[trimmed] ?? trimmed).split(/\s+/);
    if (fields.length !== FIELDS.length) {
      throw refused(line, "it has five fields (minute, hour, day, month, weekday) or is as @daily");
    }
    const numbers = (index: number) => parse(line, FIELDS[index]!, fields[index]!);
    this.#minutes = numbers(0);
    this.#hours = numbers(1);
    this.#days = numbers(2);
    this.#months = numbers(3);
    // Sunday is 7 in Temporal, and both in cron.
    this.#weekdays = new Set([...numbers(4)].map((day) => day === 0 ? 7 : day));
    this.#isEveryHour = fields[1] === "*";
    this.#isEitherDay = ![fields[2], fields[4]].some((field) => field!.startsWith("*"));
    this.next(0);
  }

  /** The first time after one, both in milliseconds since 1970. */
  next(after: Milliseconds): Milliseconds {
    const from = Temporal.Instant.fromEpochMilliseconds(Math.floor(after))
      .toZonedDateTimeISO(this.timeZone);
    let date = from.toPlainDate();
    for (let searched = 0; searched < SEARCHED; searched++) {
      const found = this.#isOnDay(date)
        ? this.#isEveryHour ? this.#inHours(date, after) : this.#atTimes(date, after)
        : undefined;
      if (found !== undefined) return found;
      date = date.add({ days: 1 });
    }
    throw refused(this.line, "no day is ever one of these");
  }

  #isOnDay(date: Temporal.PlainDate): boolean {
    if (!this.#months.has(date.month)) return false;
    const [day, weekday] = [this.#days.has(date.day), this.#weekdays.has(date.dayOfWeek)];
    return this.#isEitherDay ? day || weekday : day && weekday;
  }

  /** The first time of a day, by the hours and minutes that its clocks show. */
  #atTimes(date: Temporal.PlainDate, after: Milliseconds): Milliseconds | undefined {
    const times = [...this.#hours].flatMap((hour) =>
      [...this.#minutes].map((minute) => this.#at(date, new Temporal.PlainTime(hour, minute)))
    ).filter((time) => time > after);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** The first time of a day, minute by minute as they pass. */
  #inHours(date: Temporal.PlainDate, after: Milliseconds): Milliseconds | undefined {
    const end = this.#at(date.add({ days: 1 }));
    const next = Math.floor(after / MINUTE) * MINUTE + MINUTE;
    for (let time = Math.max(this.#at(date), next); time < end; time += MINUTE) {
      const { minute } = Temporal.Instant.fromEpochMilliseconds(time)
        .toZonedDateTimeISO(this.timeZone);
      if (this.#minutes.has(minute)) return time;
    }
    return undefined;
  }

  #at(date: Temporal.PlainDate, plainTime?: Temporal.PlainTime): Milliseconds {
    const { timeZone } = this;
    return date.toZonedDateTime({ timeZone, ...(plainTime && { plainTime }) }).epochMilliseconds;
  }
}

function parse(line: string, field: Field, text: string): Numbers {
  const numbers = new Set<number>();
  for (const part of text.split(",")) {
    const [, range = "", step] = /^([^/]*)(?:\/(\d+))?$/.exec(part) ?? [];
    const [first, last = first] = range === "*"
      ? [field.least, field.most]
      : range.split("-", 2).map((each) => numberOf(line, field, each)) as [number, number?];
    const by = step === undefined ? 1 : Number(step);
    const end = step !== undefined && !/[*-]/.test(range) ? field.most : last;
    if (by === 0 || end < first) throw refused(line, `${field.name} cannot be ${part}`);
    for (let number = first; number <= end; number += by) numbers.add(number);
  }
  return numbers;
}

function numberOf(line: string, field: Field, text: string): number {
  const { name, least, most, names = [] } = field;
  const named = names.indexOf(text.toLowerCase());
  const number = named >= 0
    ? named + (least === 1 ? 1 : 0)
    : /^\d+$/.test(text)
    ? Number(text)
    : NaN;
  if (number >= least && number <= most) return number;
  throw refused(line, `${name} is from ${least} to ${most}, not ${JSON.stringify(text)}`);
}

function refused(line: string, reason: string): RangeError {
  return new RangeError(`Not a cron line: ${JSON.stringify(line)}: ${reason}`);
}
