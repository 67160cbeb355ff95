/** One connection of a host's network, as the program holds it. */
import type { Sockaddr } from "../abi/mod.ts";
import type { ByteReader, ByteWriter } from "../agent/mod.ts";

/** What a connection is made of. */
export interface ConnectionParts {
  readonly reader: ByteReader;
  readonly writer: ByteWriter;
  readonly localAddress: Sockaddr;
  readonly remoteAddress: Sockaddr;
}

/**
 * A byte stream to or from a socket on a host's network. Each direction has its own credit, so that a
 * peer that stalls holds up nothing else.
 */
export class Connection {
  /** What the peer sends. Its end is the peer's end of sending. */
  readonly readable: ReadableStream<Uint8Array>;
  /**
   * What is sent to the peer. Closing it tells the peer the end of sending, shutdown(2) SHUT_WR, and
   * settles when everything is in the host's kernel; `readable` goes on.
   */
  readonly writable: WritableStream<Uint8Array>;
  /** The host's end. */
  readonly localAddress: Sockaddr;
  /** The peer's end. */
  readonly remoteAddress: Sockaddr;
  readonly #reader: ByteReader;
  readonly #writer: ByteWriter;

  /** For the library: owns both streams. */
  constructor({ reader, writer, localAddress, remoteAddress }: ConnectionParts) {
    this.#reader = reader;
    this.#writer = writer;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.readable = readableOf(reader);
    this.writable = writableOf(writer);
  }

  /**
   * Closes both directions at once. What the peer has not taken yet may be lost: close `writable` first
   * to be sure of it. Closing twice is fine.
   */
  async close(): Promise<void> {
    this.#reader.close();
    await this.#writer.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** Nothing is read ahead here: the stream has its window of credit for that. */
function readableOf(reader: ByteReader): ReadableStream<Uint8Array> {
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const bytes = await reader.read();
    if (bytes) controller.enqueue(bytes);
    else controller.close();
  };
  return new ReadableStream({ pull, cancel: () => reader.close() }, { highWaterMark: 0 });
}

/** Bytes are copied, since they are sent later and writers may use their buffers again. */
function writableOf(writer: ByteWriter): WritableStream<Uint8Array> {
  return new WritableStream({
    write: (bytes) => writer.write(bytes.slice()),
    close: () => writer.close(),
    abort: () => writer.abort(),
  });
}
