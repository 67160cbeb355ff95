/**
 * Two-way signs of life on a stream that can die without a word. The agent says that it is there whenever it
 * was silent for a quarter of the time allowed, and ends everything when the program was silent for the whole
 * of it; the program does the same, and judges from ticks (see silence.ts).
 */
import { encodeWords, FRAME } from "../wire/mod.ts";
import type { Outbox } from "./outbox.ts";
import { Silence, TICKS } from "./silence.ts";

const TICKS_TO_ALIVE = TICKS / 4;

/** Keeps a connection alive, and notices when it is not. */
export class Liveness {
  readonly #limit: number;
  readonly #silence: Silence;
  readonly #outbox: Outbox;
  readonly #timer: ReturnType<typeof setInterval>;
  #ticks = 0;
  #waiting = false;

  /**
   * @param limit Milliseconds of silence that are allowed.
   * @param onSilent Called once, with the milliseconds that the agent was silent.
   */
  constructor(limit: number, outbox: Outbox, onSilent: (milliseconds: number) => void) {
    this.#limit = limit;
    this.#outbox = outbox;
    this.#silence = new Silence(limit, performance.now());
    this.#timer = setInterval(() => {
      if (++this.#ticks % TICKS_TO_ALIVE === 0) this.#sayAlive();
      const silent = this.#silence.tick(performance.now());
      if (silent !== undefined) onSilent(silent);
    }, this.#silence.interval);
    this.#sayAlive();
  }

  /** Bytes came. */
  heard(): void {
    this.#silence.heard(performance.now());
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sayAlive(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    const onSent = () => this.#waiting = false;
    const frame = encodeWords(FRAME.ALIVE, 0, 0, [this.#limit]);
    this.#outbox.post({ pieces: [frame], keys: [], bulk: false, onSent });
  }
}
