/** The way to one agent: what goes ahead on it, how much is under way, and whether the far side is there. */
import { encodeWindow, WIRE } from "../wire/mod.ts";
import { Inflow } from "./inflow.ts";
import { Liveness } from "./liveness.ts";
import { Outbox } from "./outbox.ts";
import { Outflow } from "./outflow.ts";
import type { Transport } from "./transport.ts";

/** Bytes that one call can move where no link is slow: a frame less what goes with them. */
export const LARGEST_PIECE = WIRE.MAX_BODY - 4096;

/** Sends on a transport, and counts in both directions. */
export class Link {
  readonly outbox: Outbox;
  readonly #transport: Transport;
  readonly #outflow = new Outflow();
  readonly #inflow: Inflow;
  #liveness: Liveness | undefined;

  /**
   * @param probe Settles when the agent has answered something small.
   * @param onSent Is told of all that is handed to the transport.
   */
  constructor(
    transport: Transport,
    probe: () => Promise<void>,
    onSent?: (beginning: Uint8Array, length: number) => void,
  ) {
    this.#transport = transport;
    this.outbox = new Outbox((bytes) => transport.write(bytes), this.#outflow, onSent);
    const grant = (total: number) => this.outbox.send(encodeWindow(total));
    this.#inflow = new Inflow({ grant, probe, now: () => performance.now() });
  }

  /**
   * Begins to follow what the transport carries, if anything waits for it; returns how many bytes of bulk
   * the agent may send, and after how many of the program's it is to say what it took.
   */
  open(): { window: number; report: number } {
    const { rate } = this.#transport;
    if (rate === Infinity) return { window: Number.MAX_SAFE_INTEGER, report: 0 };
    return { window: this.#inflow.open(rate), report: this.#outflow.open(rate) };
  }

  /** Begins to exchange signs of life; a far side that is silent for too long is given up. */
  watch(silence: number, onSilent: (milliseconds: number) => void): void {
    this.#liveness = new Liveness(silence, this.outbox, onSilent);
  }

  /** Bytes that one call should move at the most, in either direction. */
  get piece(): number {
    return Math.min(this.#outflow.window, this.#inflow.window, LARGEST_PIECE);
  }

  /** Bytes of a stream that one frame should carry at the most. */
  get streamPiece(): number {
    return Math.min(this.#outflow.window, WIRE.MAX_BODY);
  }

  /** Bytes came. */
  heard(): void {
    this.#liveness?.heard();
  }

  /**
   * A frame came, or a piece of one.
   *
   * @throws {RemoteProtocolError} If it is more than the agent may have sent.
   */
  received(type: number, length: number): void {
    this.#inflow.received(type, length);
  }

  /**
   * The agent has taken so many bytes in all.
   *
   * @throws {RemoteProtocolError} If that cannot be.
   */
  taken(total: number): void {
    this.#outflow.received(total, this.outbox.isHeldUp, performance.now());
    this.outbox.resume();
  }

  /** The transport is gone. */
  stop(): void {
    this.#liveness?.stop();
  }
}
