/** A socket of this process as the stream to an agent. */
import type { Transport } from "../agent/mod.ts";

/** Bytes that are read at once at the most. */
const ROOM = 512 * 1024;
/** Room that is too little to go on reading into. */
const LITTLE = 64 * 1024;
/** What is shorter is copied, so that it does not keep a whole buffer alive. */
const SHORT = 4096;

/** A transport over a connected stream socket. */
export class SocketTransport implements Transport {
  readonly #socket: Deno.Conn;
  readonly #release: () => Promise<void>;
  readonly #over = Promise.withResolvers<void>();
  #unwritten: Uint8Array[] = [];
  #writing = false;
  #closed = false;
  #cause: Error | undefined;

  /**
   * @param socket Owned by the transport from now on.
   * @param release Called once the socket is closed; what it waits for, `close` waits for.
   */
  constructor(socket: Deno.Conn, release: () => Promise<void>) {
    this.#socket = socket;
    this.#release = release;
  }

  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void {
    this.#read(onBytes).then(async () => {
      onEnd(this.#cause);
      await this.#release();
    }).then(this.#over.resolve, this.#over.reject);
  }

  write(bytes: Uint8Array): void {
    this.#unwritten.push(bytes);
    if (!this.#writing) this.#drain();
  }

  close(): Promise<void> {
    this.#shut();
    return this.#over.promise;
  }

  async #read(onBytes: (bytes: Uint8Array) => void): Promise<void> {
    let room = new Uint8Array(ROOM);
    try {
      for (let length; (length = await this.#socket.read(room)) !== null;) {
        if (length < SHORT) {
          onBytes(room.slice(0, length));
          continue;
        }
        onBytes(room.subarray(0, length));
        room = room.subarray(length);
        if (room.length < LITTLE) room = new Uint8Array(ROOM);
      }
    } catch (error) {
      this.#fail(error as Error);
    }
    this.#shut();
  }

  async #drain(): Promise<void> {
    this.#writing = true;
    try {
      for (let bytes; (bytes = this.#unwritten.shift()) !== undefined;) {
        for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
      }
    } catch (error) {
      this.#fail(error as Error);
      this.#unwritten = [];
    }
    this.#writing = false;
  }

  #fail(error: Error): void {
    if (!this.#closed) this.#cause ??= error;
  }

  #shut(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
  }
}
