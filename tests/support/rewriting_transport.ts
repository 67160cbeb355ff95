/** A hostile far side: an agent whose words are changed on their way to the program. */
import type { Transport } from "../../lib/agent/mod.ts";

/** Carries another transport's stream, with some bytes of what comes replaced by as many others. */
export class RewritingTransport implements Transport {
  readonly #inner: Transport;
  readonly #from: Uint8Array;
  readonly #to: Uint8Array;
  /** How often bytes were replaced. */
  replaced = 0;

  constructor(inner: Transport, from: string, to: string) {
    const encoder = new TextEncoder();
    [this.#from, this.#to] = [encoder.encode(from), encoder.encode(to)];
    if (this.#from.length !== this.#to.length) throw new RangeError("The lengths must be the same");
    this.#inner = inner;
  }

  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void {
    this.#inner.start((bytes) => onBytes(this.#rewrite(bytes)), onEnd);
  }

  write(bytes: Uint8Array): Promise<void> | void {
    return this.#inner.write(bytes);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  kill(): void {
    this.#inner.kill();
  }

  #rewrite(bytes: Uint8Array): Uint8Array {
    for (let at = 0; (at = bytes.indexOf(this.#from[0]!, at)) >= 0; at++) {
      if (!this.#from.every((byte, index) => bytes[at + index] === byte)) continue;
      bytes.set(this.#to, at);
      this.replaced++;
    }
    return bytes;
  }
}
