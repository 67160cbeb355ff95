/**
 * How many bytes may be under way on a link: about as many as it carries in a second, so that whatever
 * is sent next is there a second later, and a fast link is never idle. No I/O and no clock here.
 *
 * What arrives is summed up over samples. One that carried more than the window a second says that the
 * window is too small: it grows, twofold at the most. One that carried less than half of it says so only
 * if the link was what held it up, which this side cannot see: its owner is told, and decides.
 */

/** Bytes that may always be under way: two seconds at 64 kbit/s. */
const LEAST_WINDOW = 16 * 1024;
const MOST_WINDOW = 8 << 20;
/** Where nothing is known, and where the link was seen to be fast. */
const UNKNOWN_WINDOW = 64 * 1024;
const MOST_AT_FIRST = 1 << 20;

/** Milliseconds of a sample: long enough to even out bursts, and to notice in time that a link got slow. */
const SHORTEST = 100;
const LONGEST = 2000;

/** The window of one direction. */
export class Pace {
  #window: number;
  #sample: { begin: number; bytes: number } | undefined;
  #slower = 0;

  /** @param rate Bytes a second that the link was seen to carry, if any were. */
  constructor(rate: number | undefined) {
    this.#window = rate === undefined ? UNKNOWN_WINDOW : within(rate, LEAST_WINDOW, MOST_AT_FIRST);
  }

  /** Bytes that may be under way. */
  get window(): number {
    return this.#window;
  }

  /** Forgets what was counted: nothing was under way. */
  pause(): void {
    this.#sample = undefined;
  }

  /** Counts bytes that arrived; true when they came so slowly that the window may be too large. */
  carried(bytes: number, now: number): boolean {
    const sample = this.#sample;
    if (!sample) {
      // These came at the end of a time that nobody has measured.
      this.#sample = { begin: now, bytes: 0 };
      return false;
    }
    sample.bytes += bytes;
    const elapsed = now - sample.begin;
    if (elapsed < SHORTEST || (elapsed < LONGEST && sample.bytes < this.#window / 4)) return false;
    this.#sample = { begin: now, bytes: 0 };
    const rate = sample.bytes * 1000 / elapsed;
    if (rate > this.#window) {
      this.#window = within(rate, 0, Math.min(2 * this.#window, MOST_WINDOW));
    }
    this.#slower = rate;
    return rate < this.#window / 2;
  }

  /** The link itself was slow: the window becomes what it carried last. */
  shrink(): void {
    this.#window = within(this.#slower, LEAST_WINDOW, this.#window);
  }
}

function within(value: number, least: number, most: number): number {
  return Math.floor(Math.min(Math.max(value, least), most));
}
