/**
 * Streams of bytes between the program and descriptors on a host, with credit each way: the agent
 * sends no more than was granted here, and this side no more than the agent granted, so that a slow
 * reader holds up its own stream and no other.
 */
import {
  encodeWords,
  FRAME,
  HEADER_SIZE,
  putHeader,
  RemoteProtocolError,
  WIRE,
} from "../wire/mod.ts";

/** What a stream needs of its connection. */
export interface StreamPort {
  send(bytes: Uint8Array): void;
  /** The error that a stream ends with when its far side reported this errno. */
  failure(errno: number): Error;
}

/** Bytes that an agent may send ahead of the reader. */
export const READ_WINDOW = 1 << 20;

/** Bytes from a descriptor. One reader at a time. */
export class ByteReader {
  readonly number: number;
  readonly #port: StreamPort;
  #chunks: Uint8Array[] = [];
  /** Bytes that came and were not granted again. */
  #taken = 0;
  /** Of those, what was read. */
  #consumed = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  #error: Error | undefined;

  constructor(number: number, port: StreamPort) {
    this.number = number;
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
    this.#port.send(encodeWords(FRAME.CLOSE, this.number, 0, []));
    this.end(undefined);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * For the connection: bytes arrived.
   *
   * @throws {RemoteProtocolError} If they are more than was granted.
   */
  push(bytes: Uint8Array): void {
    if (this.#ended) return;
    this.#taken += bytes.length;
    if (this.#taken > READ_WINDOW) {
      throw new RemoteProtocolError(`The agent sent more on stream ${this.number} than it may`);
    }
    this.#chunks.push(bytes);
    this.#wake?.();
  }

  /** For the connection: nothing more comes. */
  end(error: Error | undefined): void {
    this.#error ??= error;
    this.#ended = true;
    this.#wake?.();
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    if (this.#wake) throw new TypeError("The stream is being read already");
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#wake = resolve;
    return promise.finally(() => {
      this.#wake = undefined;
      signal?.removeEventListener("abort", onAbort);
    });
  }

  #consume(length: number): void {
    this.#consumed += length;
    if (this.#ended || this.#consumed < READ_WINDOW / 2) return;
    this.#port.send(encodeWords(FRAME.GRANT, this.number, 0, [this.#consumed]));
    this.#taken -= this.#consumed;
    this.#consumed = 0;
  }
}

/** Bytes to a descriptor. Writes go out in the order in which they were made. */
export class ByteWriter {
  readonly number: number;
  readonly #port: StreamPort;
  #credit = 0;
  #queue: { bytes: Uint8Array; done: () => void; failed: (error: Error) => void }[] = [];
  #closing = false;
  #closeSent = false;
  #ended = Promise.withResolvers<void>();
  #over: { error: Error | undefined } | undefined;

  constructor(number: number, port: StreamPort) {
    this.number = number;
    this.#port = port;
    this.#ended.promise.catch(() => {});
  }

  /**
   * Settles when the bytes are on their way within the agent's credit, so awaiting it is the
   * backpressure. The bytes are the stream's from now on and must not be changed, also afterwards.
   *
   * @throws {SyscallError} If an earlier write failed at the far side, such as with EPIPE.
   */
  write(bytes: Uint8Array): Promise<void> {
    if (this.#over) return Promise.reject(this.#over.error ?? closed());
    if (this.#closing) return Promise.reject(closed());
    return new Promise((done, failed) => {
      this.#queue.push({ bytes, done, failed });
      this.#pump();
    });
  }

  /**
   * Closes after everything written; settles when the agent has written it all and closed.
   *
   * @throws {SyscallError} If not everything could be written.
   */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#pump();
    }
    return this.#ended.promise;
  }

  /** Closes at once: what the descriptor has not taken is dropped. Settles when it is closed. */
  async abort(): Promise<void> {
    if (this.#over) return;
    for (const { failed } of this.#queue.splice(0)) failed(closed());
    this.#closing = true;
    this.#pump();
    this.#port.send(encodeWords(FRAME.CLOSE, this.number, 0, []));
    await this.#ended.promise.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For the connection: more may be sent. */
  grant(bytes: number): void {
    this.#credit += bytes;
    this.#pump();
  }

  /** For the connection: the far side is done. */
  end(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = { error };
    for (const { failed } of this.#queue.splice(0)) failed(error ?? closed());
    if (error) this.#ended.reject(error);
    else this.#ended.resolve();
  }

  #pump(): void {
    while (this.#credit > 0 && this.#queue.length > 0) {
      const head = this.#queue[0]!;
      const length = Math.min(head.bytes.length, this.#credit, WIRE.MAX_BODY);
      if (length > 0) this.#send(head.bytes.subarray(0, length));
      head.bytes = head.bytes.subarray(length);
      if (head.bytes.length === 0) this.#queue.shift()!.done();
    }
    if (this.#closing && !this.#closeSent && !this.#over && this.#queue.length === 0) {
      this.#closeSent = true;
      this.#port.send(encodeWords(FRAME.CLOSE, this.number, 0, []));
    }
  }

  #send(bytes: Uint8Array): void {
    const header = new Uint8Array(HEADER_SIZE);
    putHeader(new DataView(header.buffer), FRAME.WRITE, this.number, 0, bytes.length);
    this.#credit -= bytes.length;
    this.#port.send(header);
    this.#port.send(bytes);
  }
}

function closed(): Error {
  return new TypeError("The stream is closed");
}

/** One array of all the chunks. */
export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
