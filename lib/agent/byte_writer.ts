/**
 * Bytes to a descriptor on a host: no more than the agent granted, so that what is slow to take them holds
 * up its own stream and no other, and no more waiting for the link than one piece, so that streams take turns.
 */
import { encodeWords, FRAME, HEADER_SIZE, putHeader } from "../wire/mod.ts";
import { Foresight } from "./foresight.ts";
import { closed, type StreamPort } from "./stream_port.ts";

interface Waiting {
  bytes: Uint8Array;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/** Bytes to a descriptor. Writes go out in the order in which they were made. */
export class ByteWriter {
  readonly number: number;
  readonly #port: StreamPort;
  readonly #ended = Promise.withResolvers<void>();
  #credit = 0;
  #queue: Waiting[] = [];
  /** Bytes that wait for the link. */
  #unsent = 0;
  #closing = false;
  #closeSent = false;
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
    const foresight = Foresight.current;
    if (foresight) return Promise.reject(foresight.beyond("write to a stream"));
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
    this.#port.send(this.number, encodeWords(FRAME.CLOSE, this.number, 0, []));
    await this.#ended.promise.catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** For the library: more may be sent. */
  grant(bytes: number): void {
    this.#credit += bytes;
    this.#pump();
  }

  /** For the library: the far side is done. */
  end(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = { error };
    for (const { failed } of this.#queue.splice(0)) failed(error ?? closed());
    if (error) this.#ended.reject(error);
    else this.#ended.resolve();
  }

  /** For the library: the far side is done, with this errno or 0. */
  finish(errno: number): void {
    this.end(errno === 0 ? undefined : this.#port.failure("write", errno));
  }

  #pump(): void {
    const { piece } = this.#port;
    while (this.#credit > 0 && this.#queue.length > 0 && this.#unsent < piece) {
      const head = this.#queue[0]!;
      const length = Math.min(head.bytes.length, this.#credit, piece);
      if (length > 0) this.#send(head.bytes.subarray(0, length));
      head.bytes = head.bytes.subarray(length);
      if (head.bytes.length === 0) this.#queue.shift()!.done();
    }
    if (this.#closing && !this.#closeSent && !this.#over && this.#queue.length === 0) {
      this.#closeSent = true;
      this.#port.send(this.number, encodeWords(FRAME.CLOSE, this.number, 0, []));
    }
  }

  #send(bytes: Uint8Array): void {
    const header = new Uint8Array(HEADER_SIZE);
    putHeader(new DataView(header.buffer), FRAME.WRITE, this.number, 0, bytes.length);
    this.#credit -= bytes.length;
    this.#unsent += bytes.length;
    this.#port.write(this.number, [header, bytes], () => {
      this.#unsent -= bytes.length;
      this.#pump();
    });
  }
}
