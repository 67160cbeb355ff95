/**
 * What a guardian listens to: a program that is changing a system says on a pipe that it lives, that it gets
 * on, and in the end that it is confirmed. Whatever else happens to it, its pipe ends or is silent, and the
 * guardian goes back.
 */
import { type Clock, type Milliseconds, seconds } from "../clock/mod.ts";

/** How long a program that changes a system may say nothing. */
export const MOST_SILENCE: Milliseconds = seconds(10);
/** How long it may take over one step. */
export const LONGEST_STEP: Milliseconds = seconds(120);

/** What a program says to its guardian, each in a line. */
export type GuardWord =
  /** It lives. */
  | "beat"
  /** It has done a step. */
  | "step"
  /** All is changed: it waits for so many milliseconds that somebody confirms it. */
  | `waits ${number}`
  | "confirmed";

/** Listens until it is clear; returns why to go back, or nothing when the program is confirmed. */
export async function guard(
  words: AsyncIterable<string>,
  clock: Clock,
): Promise<string | undefined> {
  const lines = words[Symbol.asyncIterator]();
  const watch = new Watch(clock);
  let next = lines.next();
  while (true) {
    const heard = await before(clock, watch.left, next);
    if (heard === undefined) return watch.late;
    if (heard.done) return "it ended before it was confirmed";
    if (heard.value === "confirmed") return undefined;
    watch.hear(heard.value);
    next = lines.next();
  }
}

/** What is late when. */
class Watch {
  readonly #clock: Clock;
  #beat: Milliseconds;
  #step: Milliseconds;
  #waits: { readonly until: Milliseconds; readonly for: Milliseconds } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#beat = this.#step = clock.now();
  }

  hear(word: string): void {
    const now = this.#clock.now();
    this.#beat = now;
    if (word === "step") this.#step = now;
    const [, most] = /^waits (\d+)$/.exec(word) ?? [];
    if (most !== undefined) this.#waits = { until: now + Number(most), for: Number(most) };
  }

  get left(): Milliseconds {
    const { beat, other } = this.#ends;
    return Math.max(0, Math.min(beat, other) - this.#clock.now());
  }

  get late(): string {
    const { beat, other } = this.#ends;
    if (beat <= other) return `it said nothing for ${MOST_SILENCE / 1000} s`;
    if (this.#waits) return `nobody confirmed it within ${this.#waits.for / 1000} s`;
    return `no step of it was done within ${LONGEST_STEP / 1000} s`;
  }

  get #ends() {
    return {
      beat: this.#beat + MOST_SILENCE,
      other: this.#waits?.until ?? this.#step + LONGEST_STEP,
    };
  }
}

/** What settles within a time; nothing if that is over first. */
async function before<T>(
  clock: Clock,
  most: Milliseconds,
  promise: Promise<T>,
): Promise<T | undefined> {
  const over = new AbortController();
  const late = clock.sleep(most, { signal: over.signal }).then(() => undefined, () => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    over.abort();
  }
}
