/**
 * How much bulk an agent may send: bodies of DATA and of large REPLYs. It has always a window of it ahead,
 * and the window follows what the link carries.
 *
 * An agent that sends little may have little to say, or a slow link. The two are told apart by asking
 * something small, whose answer goes ahead of all bulk but what is under way already.
 */
import { FRAME, RemoteProtocolError, WIRE } from "../wire/mod.ts";
import { Pace } from "./pace.ts";

/** Milliseconds without bulk after which the agent had no more to send. */
const GAP = 1000;
/** Milliseconds that an answer takes where bulk fills the link. */
const SLOW_ANSWER = 1000;

/** What an inflow needs of its connection. */
export interface InflowPort {
  /** Lets the agent have sent so many bytes in all. */
  grant(total: number): void;
  /** Settles when the agent has answered something small; never, when the connection ends. */
  probe(): Promise<void>;
  now(): number;
}

/** Counts one direction of one stream. Until it is opened, nothing holds it up. */
export class Inflow {
  readonly #port: InflowPort;
  #pace: Pace | undefined;
  #received = 0;
  #granted = 0;
  #heardAt = 0;
  #probing = false;

  constructor(port: InflowPort) {
    this.#port = port;
  }

  /**
   * Begins to follow what the link carries; returns the bytes that the agent may have sent, to begin with.
   *
   * @param rate Bytes a second that the link was seen to carry, if known.
   */
  open(rate: number | undefined): number {
    this.#pace = new Pace(rate);
    return this.#granted = this.#pace.window;
  }

  /** Bytes that may be under way. */
  get window(): number {
    return this.#pace?.window ?? Infinity;
  }

  /**
   * Counts a frame, or a piece of one, and lets the agent go on.
   *
   * @throws {RemoteProtocolError} If it is more than the agent may have sent.
   */
  received(type: number, length: number): void {
    if (!this.#pace || !isBulk(type, length)) return;
    this.#received += length;
    if (type === FRAME.DATA && this.#received > this.#granted) {
      throw new RemoteProtocolError("The agent sent more data than it may");
    }
    const now = this.#port.now();
    if (now - this.#heardAt > GAP) this.#pace.pause();
    this.#heardAt = now;
    if (this.#pace.carried(length, now)) this.#probe(this.#pace);
    const total = this.#received + this.#pace.window;
    if (total - this.#granted < this.#pace.window / 4) return;
    this.#granted = total;
    this.#port.grant(total);
  }

  #probe(pace: Pace): void {
    if (this.#probing) return;
    this.#probing = true;
    const asked = this.#port.now();
    this.#port.probe().then(() => {
      this.#probing = false;
      if (this.#port.now() - asked >= SLOW_ANSWER) pace.shrink();
    });
  }
}

function isBulk(type: number, length: number): boolean {
  return type === FRAME.DATA || (type === FRAME.REPLY && length > WIRE.SMALL);
}
