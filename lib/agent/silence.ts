/**
 * Judges from ticks and from what was heard whether a far side is silent for too long. No timer here.
 *
 * A program that is blocked or stopped hears nothing either, and what came meanwhile is still to be read.
 * So not the clock is believed but ticks that came in time: each of them shows that the program has had
 * its chance to read ever since the one before.
 */

/** Ticks in the time that is allowed: the more, the less is lost when one of them comes late. */
export const TICKS = 16;

/** Watches one far side. */
export class Silence {
  /** Milliseconds between two ticks. */
  readonly interval: number;
  #heardAt: number;
  #tickedAt: number;
  #ticks = 0;

  /** @param limit Milliseconds that it may be silent. */
  constructor(limit: number, now: number) {
    this.interval = limit / TICKS;
    this.#heardAt = this.#tickedAt = now;
  }

  /** Something came. */
  heard(now: number): void {
    this.#heardAt = now;
    this.#ticks = 0;
  }

  /** How many milliseconds it was silent, when that is too long. */
  tick(now: number): number | undefined {
    const inTime = now - this.#tickedAt < 1.5 * this.interval;
    this.#tickedAt = now;
    if (inTime) this.#ticks++;
    const silent = now - this.#heardAt;
    return this.#ticks >= TICKS && silent >= TICKS * this.interval ? silent : undefined;
  }
}
