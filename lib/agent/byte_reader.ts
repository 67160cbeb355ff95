/** Bytes from a descriptor on a host. The agent sends no more than was granted here. */
import { encodeWords, FRAME, RemoteProtocolError } from "../wire/mod.ts";
import { concat } from "./concat.ts";
import type { StreamPort } from "./stream_port.ts";

/** Bytes that an agent may send ahead of the reader, unless another window is asked for. */
export const READ_WINDOW = 1 << 20;

const LARGEST_WINDOW = 1 << 30;

/** Bytes from a descriptor. One reader at a time. */
export class ByteReader {
  readonly number: number;
  /** Bytes that the agent may send ahead of the reader. */
  readonly window: number;
  readonly #port: StreamPort;
  #chunks: Uint8Array[] = [];
  /** Bytes that the far side has dropped since the last chunk. */
  #gap = 0n;
  readonly #gaps = new WeakMap<Uint8Array, bigint>();
  /** Bytes that came and were not granted again. */
  #taken = 0;
  /** Of those, what was read. */
  #consumed = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  #error: Error | undefined;

  constructor(number: number, port: StreamPort, window: number) {
    this.number = number;
    this.window = window;
    this.#port = port;
  }

  /**
   * The next bytes, or undefined at the end of file. The bytes are the caller's.
   *
   * @throws What `signal` was aborted with; {@linkcode SyscallError} if reading failed;
   * {@linkcode HostLostError} if the host was lost.
   */
  async read(options: { signal?: AbortSignal | undefined } = {}): Promise<Uint8Array | undefined> {
    while (this.#chunks.length === 0 && !this.#ended) await this.#wait(options.signal);
    const chunk = this.#chunks.shift();
    if (chunk) this.#consume(chunk.length);
    else if (this.#error) throw this.#error;
    return chunk;
  }

  /** All bytes to the end of file. */
  async readAll(options: { signal?: AbortSignal | undefined } = {}): Promise<Uint8Array> {
    const chunks = [];
    for (let chunk; (chunk = await this.read(options)) !== undefined;) chunks.push(chunk);
    return concat(chunks);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (let chunk; (chunk = await this.read()) !== undefined;) yield chunk;
  }

  /** Stops reading; the agent closes its copy of the descriptor. */
  close(): void {
    if (this.#ended) return;
    this.#chunks = [];
    this.#port.send(this.number, encodeWords(FRAME.CLOSE, this.number, 0, []));
    this.end(undefined);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * For the library: bytes arrived.
   *
   * @throws {RemoteProtocolError} If they are more than was granted.
   */
  push(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#taken += bytes.length;
    if (this.#taken > this.window) {
      throw new RemoteProtocolError(`The agent sent more on stream ${this.number} than it may`);
    }
    if (this.#gap > 0n) this.#gaps.set(bytes, this.#gap);
    this.#gap = 0n;
    this.#chunks.push(bytes);
    this.#wake?.();
  }

  /** For the library: so many bytes were dropped before what comes next. */
  drop(bytes: bigint): void {
    this.#gap += bytes;
  }

  /** For the library: how many bytes were dropped right before a chunk that was read. */
  droppedBefore(chunk: Uint8Array): bigint {
    return this.#gaps.get(chunk) ?? 0n;
  }

  /** For the connection: nothing more comes. */
  end(error: Error | undefined): void {
    this.#error ??= error;
    this.#ended = true;
    this.#wake?.();
  }

  /** For the library: the far side is done, with this errno or 0. */
  finish(errno: number): void {
    this.end(errno === 0 ? undefined : this.#port.failure("read", errno));
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#wake) throw new TypeError("The stream is being read already");
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const settle = () => {
        this.#wake = undefined;
        signal?.removeEventListener("abort", settle);
        if (signal?.aborted) reject(signal.reason);
        else resolve();
      };
      this.#wake = settle;
      signal?.addEventListener("abort", settle, { once: true });
    });
  }

  #consume(length: number): void {
    this.#consumed += length;
    if (this.#ended || this.#consumed < this.window / 2) return;
    this.#port.send(this.number, encodeWords(FRAME.GRANT, this.number, 0, [this.#consumed]));
    this.#taken -= this.#consumed;
    this.#consumed = 0;
  }
}

/** @throws {RangeError} If no stream can have such a window. */
export function checkWindow(window: number): void {
  if (Number.isInteger(window) && window >= 1 && window <= LARGEST_WINDOW) return;
  throw new RangeError(
    `The window of a stream is a whole number of bytes from 1 to ${LARGEST_WINDOW}, not ${window}`,
  );
}
