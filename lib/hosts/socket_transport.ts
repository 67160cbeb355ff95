/** A socket that this process holds, as the stream to an agent. */
import { Socket } from "node:net";
import type { Transport } from "../agent/mod.ts";

/** A transport over a connected stream socket. */
export class SocketTransport implements Transport {
  readonly #socket: Socket;
  readonly #closed = Promise.withResolvers<void>();
  readonly #released: () => Promise<void>;

  /**
   * @param fd A connected stream socket, owned by the transport from now on.
   * @param released Called once the socket is closed; what it waits for, `close` waits for.
   */
  constructor(fd: number, released: () => Promise<void>) {
    this.#socket = new Socket({ fd, readable: true, writable: true } as object);
    this.#released = released;
  }

  start(onBytes: (bytes: Uint8Array) => void, onEnd: (cause?: Error) => void): void {
    let cause: Error | undefined;
    this.#socket.on("data", onBytes);
    this.#socket.on("error", (error: Error) => cause = error);
    this.#socket.on("end", () => this.#socket.destroy());
    this.#socket.on("close", () => {
      onEnd(cause);
      this.#released().then(this.#closed.resolve, this.#closed.reject);
    });
  }

  write(bytes: Uint8Array): void {
    if (!this.#socket.destroyed) this.#socket.write(bytes);
  }

  close(): Promise<void> {
    this.#socket.destroy();
    return this.#closed.promise;
  }
}
