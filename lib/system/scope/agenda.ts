/** What a scope has to do next, and when: what has failed, what was asked for, what waits for its time. */
import type { Clock, Milliseconds } from "../../clock/mod.ts";
import type { Trouble } from "./failure.ts";

/** What there is to do. */
export class Agenda {
  readonly #clock: Clock;
  #wake = Promise.withResolvers<void>();
  #troubles: Trouble[] = [];
  #due: Milliseconds = Infinity;
  /** Whether nothing is done about failures until somebody has chosen. */
  isHeld = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What has failed and was not judged yet, which this takes. */
  takeTroubles(): Trouble[] {
    return this.#troubles.splice(0);
  }

  get hasTroubles(): boolean {
    return this.#troubles.length > 0 && !this.isHeld;
  }

  /** Whether the body is to be run now. */
  get isDue(): boolean {
    return !this.isHeld && this.#clock.now() >= this.#due;
  }

  /** Whether something has come that ends the waiting of a run. */
  get isUrgent(): boolean {
    return this.hasTroubles || this.isDue;
  }

  add(trouble: Trouble): void {
    this.#troubles.push(trouble);
    this.#wakeUp();
  }

  /** The body is to be run at this time, if not before; at once without one. */
  runAt(due: Milliseconds = -Infinity): void {
    this.#due = Math.min(this.#due, due);
    this.#wakeUp();
  }

  /** Somebody has chosen. */
  release(): void {
    this.isHeld = false;
    this.#wakeUp();
  }

  /** A run begins. */
  begin(): void {
    this.#due = Infinity;
    this.isHeld = false;
  }

  /** Settles when there is something to do, or the signal is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.isUrgent) await this.#change(signal);
  }

  async #change(signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const end = () => over.abort(null);
    signal.addEventListener("abort", end, { once: true });
    void this.#wake.promise.then(end);
    const left = this.isHeld ? Infinity : this.#due - this.#clock.now();
    await this.#clock.sleep(left, { signal: over.signal }).catch(() => {});
    signal.removeEventListener("abort", end);
  }

  #wakeUp(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
