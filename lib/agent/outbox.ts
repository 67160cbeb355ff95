/**
 * What is sent, in two lanes: what is urgent goes ahead of bulk (large calls, data of streams), so that signs
 * of life, signals and small calls need not wait for megabytes on a slow link.
 *
 * What is sent with one key, such as a thread's number, keeps its order: while bulk of a key waits, all
 * that is sent with that key waits behind it. Bulk is handed down as far as the link's pace allows, and
 * nothing while the transport has not passed on what it has. All that can be sent in one turn of the
 * event loop is joined into one write; what nobody waits for goes with the next one, or when the turn ends.
 */
import { concat } from "./concat.ts";
import type { Outflow } from "./outflow.ts";

/** Chunks larger than this are not copied to be joined. */
const JOIN_LIMIT = 16 * 1024;
/** Bytes that the transport may have and not have passed on. */
const MOST_AHEAD = 256 * 1024;

/** What is sent: whole frames. */
export interface Parcel {
  readonly pieces: readonly Uint8Array[];
  /** What must keep its order with it: none for what may go at any time. */
  readonly keys: readonly number[];
  readonly bulk: boolean;
  /** Whether nobody waits for what it brings about. */
  readonly idle?: boolean;
  /** It was handed to the transport. */
  onSent?(): void;
  /** It never will be. */
  onDropped?(): void;
}

/** Sends parcels. */
export class Outbox {
  readonly #write: (bytes: Uint8Array) => Promise<void> | void;
  readonly #flow: Outflow;
  readonly #onSent: (beginning: Uint8Array, length: number) => void;
  #urgent: Parcel[] = [];
  #bulk: Parcel[] = [];
  /** How many parcels of a key wait in bulk. */
  readonly #waiting = new Map<number, number>();
  #ahead = 0;
  #scheduled = false;

  /** @param onSent Is told of each parcel that is handed down: the beginning of it, and how long it is. */
  constructor(
    write: (bytes: Uint8Array) => Promise<void> | void,
    flow: Outflow,
    onSent: (beginning: Uint8Array, length: number) => void = () => {},
  ) {
    this.#write = write;
    this.#flow = flow;
    this.#onSent = onSent;
  }

  /** Sends one frame ahead of all bulk, unless bulk of its key waits. */
  send(bytes: Uint8Array, key?: number): void {
    this.post({ pieces: [bytes], keys: key === undefined ? [] : [key], bulk: false });
  }

  post(parcel: Parcel): void {
    if (parcel.bulk || this.#mustWait(parcel)) this.#wait(parcel);
    else this.#urgent.push(parcel);
    if (parcel.idle) setImmediate(() => this.flush());
    else this.#schedule();
  }

  /** Calls back when no bulk of a key waits any more; at once if none does, and never if it is dropped. */
  whenSent(key: number, then: () => void): void {
    if (!this.#waiting.has(key)) return then();
    this.post({ pieces: [], keys: [key], bulk: false, onSent: then });
  }

  /** Takes a parcel back, if it was not sent. */
  withdraw(parcel: Parcel): boolean {
    for (const lane of [this.#urgent, this.#bulk]) {
      const index = lane.indexOf(parcel);
      if (index < 0) continue;
      lane.splice(index, 1);
      if (lane === this.#bulk) this.#forget(parcel);
      return true;
    }
    return false;
  }

  /** Bulk may have room now. */
  resume(): void {
    if (this.#bulk.length > 0) this.#schedule();
  }

  /** Whether bulk waits for the link. */
  get isHeldUp(): boolean {
    return this.#bulk.length > 0;
  }

  /** Hands down what can be. */
  flush(): void {
    this.#scheduled = false;
    for (let chunks; (chunks = this.#collect()).length > 0;) this.#writeJoined(chunks);
  }

  /** Drops all that was not sent, and what is sent later. */
  drop(): void {
    const dropped = [...this.#urgent.splice(0), ...this.#bulk.splice(0)];
    this.#waiting.clear();
    for (const parcel of dropped) parcel.onDropped?.();
  }

  #collect(): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    for (let parcel; (parcel = this.#next()) !== undefined;) {
      const length = lengthOf(parcel);
      this.#ahead += length;
      this.#flow.sent(length);
      chunks.push(...parcel.pieces);
      if (length > 0) this.#onSent(parcel.pieces[0]!, length);
      parcel.onSent?.();
    }
    return chunks;
  }

  #next(): Parcel | undefined {
    if (this.#ahead >= MOST_AHEAD) return undefined;
    if (this.#urgent.length > 0) return this.#urgent.shift();
    if (this.#bulk.length === 0 || !this.#flow.hasRoom) return undefined;
    const parcel = this.#bulk.shift()!;
    this.#forget(parcel);
    return parcel;
  }

  #mustWait({ keys }: Parcel): boolean {
    return this.#waiting.size > 0 && keys.some((key) => this.#waiting.has(key));
  }

  #wait(parcel: Parcel): void {
    this.#bulk.push(parcel);
    for (const key of parcel.keys) this.#waiting.set(key, (this.#waiting.get(key) ?? 0) + 1);
  }

  #forget({ keys }: Parcel): void {
    for (const key of keys) {
      const left = this.#waiting.get(key)! - 1;
      if (left > 0) this.#waiting.set(key, left);
      else this.#waiting.delete(key);
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => this.flush());
  }

  #writeJoined(chunks: readonly Uint8Array[]): void {
    let small: Uint8Array[] = [];
    for (const chunk of chunks) {
      if (chunk.length <= JOIN_LIMIT) {
        small.push(chunk);
        continue;
      }
      if (small.length > 0) this.#handDown(concat(small));
      small = [];
      this.#handDown(chunk);
    }
    if (small.length > 0) this.#handDown(concat(small));
  }

  #handDown(bytes: Uint8Array): void {
    const passed = this.#write(bytes);
    if (passed) passed.then(() => this.#passed(bytes.length));
    else this.#ahead -= bytes.length;
  }

  #passed(length: number): void {
    this.#ahead -= length;
    if (this.#urgent.length + this.#bulk.length > 0) this.#schedule();
  }
}

function lengthOf({ pieces }: Parcel): number {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  return length;
}
