/**
 * The unanswered requests of one thread. The agent keeps a bounded queue for each thread, so what does
 * not fit waits here, in order, until answers make room.
 */
import { WIRE } from "../wire/mod.ts";

interface Waiting {
  readonly length: number;
  readonly send: () => void;
}

/** Decides when the requests of one thread may be sent. */
export class Window {
  #bytes = 0;
  #frames = 0;
  #held = false;
  #waiting: Waiting[] = [];

  /** Sends now, or when there is room; returns how to withdraw: true if it was never sent. */
  send(length: number, send: () => void): () => boolean {
    const waiting = { length, send };
    if (this.#waiting.length === 0 && this.#fits(length)) {
      this.#begin(waiting);
      return sent;
    }
    this.#waiting.push(waiting);
    return () => this.#withdraw(waiting);
  }

  /** Sends nothing until {@linkcode release}: the thread is not asked for yet. */
  hold(): void {
    this.#held = true;
  }

  /** Ends {@linkcode hold}. */
  release(): void {
    this.#held = false;
    this.#pump();
  }

  /** Takes note that a request of this length was answered. */
  answered(length: number): void {
    this.#bytes -= length;
    this.#frames--;
    this.#pump();
  }

  /** Sends all that waits, for when sending reports that the connection is gone. */
  drain(): void {
    for (const { send } of this.#waiting.splice(0)) send();
  }

  get idle(): boolean {
    return !this.#held && this.#frames === 0 && this.#waiting.length === 0;
  }

  #fits(length: number): boolean {
    if (this.#held) return false;
    return this.#frames === 0 ||
      (this.#frames < WIRE.MAX_QUEUE && this.#bytes + length <= WIRE.MAX_WINDOW);
  }

  #pump(): void {
    while (this.#waiting.length > 0 && this.#fits(this.#waiting[0]!.length)) {
      this.#begin(this.#waiting.shift()!);
    }
  }

  #begin({ length, send }: Waiting): void {
    this.#bytes += length;
    this.#frames++;
    send();
  }

  #withdraw(waiting: Waiting): boolean {
    const index = this.#waiting.indexOf(waiting);
    if (index < 0) return false;
    this.#waiting.splice(index, 1);
    this.#pump();
    return true;
  }
}

function sent(): boolean {
  return false;
}
