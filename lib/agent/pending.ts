/** The requests of one connection that were sent and not answered yet. */
import { RemoteProtocolError } from "../wire/mod.ts";

/** What becomes of a request. */
export interface Asked {
  /** The type of the frame that answers it. */
  readonly type: number;
  /** Takes the answer's body; throws if it is none. */
  answer(body: Uint8Array): void;
  fail(error: Error): void;
}

/** Matches answers with requests. */
export class Pending {
  readonly #asked = new Map<number, Asked>();
  #seq = 0;

  /** The number of the next request. */
  next(): number {
    return this.#seq = (this.#seq + 1) >>> 0;
  }

  /** The request is sent. */
  expect(seq: number, asked: Asked): void {
    this.#asked.set(seq, asked);
  }

  has(seq: number): boolean {
    return this.#asked.has(seq);
  }

  /** @throws {RemoteProtocolError} If nothing was asked that this answers. */
  answer(type: number, seq: number, body: Uint8Array): void {
    const asked = this.#asked.get(seq);
    if (asked?.type !== type) {
      throw new RemoteProtocolError(`The agent answered request ${seq}, which was not asked`);
    }
    // An answer that does not fit throws, and the request then fails with all others.
    asked.answer(body);
    this.#asked.delete(seq);
  }

  /** Nothing will be answered any more. */
  lose(error: Error): void {
    for (const asked of this.#asked.values()) asked.fail(error);
    this.#asked.clear();
  }
}
