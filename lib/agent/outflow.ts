/** What is under way to an agent: what was sent and the agent has not said that it took. */
import { RemoteProtocolError } from "../wire/mod.ts";
import { Pace } from "./pace.ts";

/** Less than half of the smallest window: what is taken and not reported yet must never fill it. */
const MOST_REPORT = 8 * 1024 - 16;

/** Counts one direction of one stream. Until it is opened, nothing holds it up. */
export class Outflow {
  #pace: Pace | undefined;
  #report = 0;
  #sent = 0;
  #taken = 0;

  /**
   * Begins to follow what the link carries; returns the bytes after which the agent is to say what it took.
   *
   * @param rate Bytes a second that the link was seen to carry, if known.
   */
  open(rate: number | undefined): number {
    this.#pace = new Pace(rate);
    return this.#report = Math.min(this.#pace.window / 4, MOST_REPORT);
  }

  /** Bytes that may be under way. */
  get window(): number {
    return this.#pace?.window ?? Infinity;
  }

  /** Whether bulk may be sent. */
  get hasRoom(): boolean {
    return !this.#pace || this.#underWay < this.#pace.window;
  }

  sent(bytes: number): void {
    this.#sent += bytes;
  }

  /**
   * The agent has taken so many bytes in all. `isHeldUp` says whether more would have been sent.
   *
   * @throws {RemoteProtocolError} If that is more than was sent, or less than before.
   */
  received(total: number, isHeldUp: boolean, now: number): void {
    if (total > this.#sent || total < this.#taken) {
      throw new RemoteProtocolError(
        `The agent says that it took ${total} bytes, of ${this.#sent} that were sent`,
      );
    }
    const bytes = total - this.#taken;
    this.#taken = total;
    if (!this.#pace) return;
    if (this.#pace.carried(bytes, now) && isHeldUp) this.#pace.shrink();
    // What is not enough for a report may stay unreported.
    if (this.#underWay < this.#report) this.#pace.pause();
  }

  get #underWay(): number {
    return this.#sent - this.#taken;
  }
}
