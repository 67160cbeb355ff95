/** Joins what is sent in one turn of the event loop into one write. */
import { concat } from "./streams.ts";

/** Chunks larger than this are not copied to be joined. */
const JOIN_LIMIT = 16 * 1024;

/** Collects bytes until the current turn is over. */
export class Outbox {
  readonly #write: (bytes: Uint8Array) => void;
  #chunks: Uint8Array[] = [];

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  send(bytes: Uint8Array): void {
    if (this.#chunks.push(bytes) === 1) queueMicrotask(() => this.flush());
  }

  flush(): void {
    const chunks = this.#chunks;
    if (chunks.length === 0) return;
    this.#chunks = [];
    let small: Uint8Array[] = [];
    for (const chunk of chunks) {
      if (chunk.length <= JOIN_LIMIT) {
        small.push(chunk);
        continue;
      }
      if (small.length > 0) this.#write(concat(small));
      small = [];
      this.#write(chunk);
    }
    if (small.length > 0) this.#write(concat(small));
  }
}
