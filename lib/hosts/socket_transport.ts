/** A socket of this process as the stream to an agent. */
import type { Transport } from "../agent/mod.ts";

/** Bytes that are read at once at the most. */
const ROOM = 512 * 1024;
/** Room that is too little to go on reading into. */
const LITTLE = 64 * 1024;
/** Bytes that may be unwritten before whoever writes should wait. */
const MOST_UNWRITTEN = 1 << 20;
/** What is shorter is copied, so that it does not keep a whole buffer alive. */
const SHORT = 4096;

/** What is behind a socket. */
export interface SocketPeer {
  /** Settles when it has ended, once the socket is closed; it is made to, in time. */
  readonly reap: () => Promise<void>;
  /** Ends it at once. */
  readonly kill: () => void;
}

/** A transport over a connected stream socket of this machine. */
export class SocketTransport implements Transport {
  readonly rate = Infinity;
  readonly #socket: Deno.Conn;
  readonly #peer: SocketPeer;
  readonly #over = Promise.withResolvers<void>();
  #unwritten: Uint8Array[] = [];
  #unwrittenLength = 0;
  #writing: Promise<void> | undefined;
  #closed = false;
  #cause: Error | undefined;

  /** Owns the socket, and what is behind it. */
  constructor(socket: Deno.Conn, peer: SocketPeer) {
    this.#socket = socket;
    this.#peer = peer;
  }

  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void {
    this.#read(onBytes).then(async () => {
      onEnd(this.#cause);
      await this.#peer.reap();
    }).then(this.#over.resolve, this.#over.reject);
  }

  write(bytes: Uint8Array): Promise<void> | void {
    this.#unwritten.push(bytes);
    this.#unwrittenLength += bytes.length;
    this.#writing ??= this.#drain();
    if (this.#unwrittenLength > MOST_UNWRITTEN) return this.#writing;
  }

  close(): Promise<void> {
    this.#shut();
    return this.#over.promise;
  }

  kill(): void {
    this.#peer.kill();
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
    try {
      for (let bytes; (bytes = this.#unwritten.shift()) !== undefined;) {
        for (let at = 0; at < bytes.length;) at += await this.#socket.write(bytes.subarray(at));
        this.#unwrittenLength -= bytes.length;
      }
    } catch (error) {
      this.#fail(error as Error);
      this.#unwritten = [];
      this.#unwrittenLength = 0;
    }
    this.#writing = undefined;
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
