/** The streams of one connection, by their numbers. */
import { RemoteProtocolError, WIRE } from "../wire/mod.ts";
import { ByteReader, checkWindow } from "./byte_reader.ts";
import { ByteWriter } from "./byte_writer.ts";
import { Numbers } from "./numbers.ts";
import type { StreamPort } from "./stream_port.ts";

/** Hands out streams, and what comes for them. A number is free again after the stream's end, and when all of it is sent. */
export class Streams {
  readonly #port: StreamPort;
  readonly #numbers = new Numbers(0, WIRE.NUMBERS, "streams");
  readonly #open = new Map<number, ByteReader | ByteWriter>();

  constructor(port: StreamPort) {
    this.#port = port;
  }

  /** @throws {RangeError} If no stream can have such a window, or all numbers are in use. */
  openReader(window: number): ByteReader {
    checkWindow(window);
    const number = this.#numbers.take();
    return this.#add(new ByteReader(number, this.#port, window));
  }

  /** @throws {RangeError} If all numbers are in use. */
  openWriter(): ByteWriter {
    const number = this.#numbers.take();
    return this.#add(new ByteWriter(number, this.#port));
  }

  /** Forgets a stream that was not opened. */
  abandon(stream: ByteReader | ByteWriter): void {
    if (this.#open.get(stream.number) !== stream) return;
    this.#remove(stream.number);
    stream.end(undefined);
  }

  data(number: number, bytes: Uint8Array): void {
    const stream = this.#open.get(number);
    if (stream instanceof ByteReader) stream.push(bytes);
  }

  dropped(number: number, bytes: bigint): void {
    const stream = this.#open.get(number);
    if (stream instanceof ByteReader) stream.drop(bytes);
  }

  credit(number: number, bytes: number): void {
    const stream = this.#open.get(number);
    if (stream instanceof ByteWriter) stream.grant(bytes);
  }

  /** @throws {RemoteProtocolError} If it is not open. */
  end(number: number, errno: number): void {
    const stream = this.#open.get(number);
    if (!stream) {
      throw new RemoteProtocolError(`The agent ended stream ${number}, which is not open`);
    }
    this.#remove(number);
    stream.finish(errno);
  }

  /** The connection is gone. */
  lose(reason: Error): void {
    for (const stream of this.#open.values()) stream.end(reason);
    this.#open.clear();
  }

  #add<T extends ByteReader | ByteWriter>(stream: T): T {
    this.#open.set(stream.number, stream);
    return stream;
  }

  #remove(number: number): void {
    this.#open.delete(number);
    // What is still to be sent for this stream would be taken for another's of the same number.
    this.#port.whenSent(number, () => this.#numbers.give(number));
  }
}
