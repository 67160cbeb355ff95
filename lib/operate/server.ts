/** The interface at its socket. */
import type { Handler } from "./handler.ts";
import { ownSocket } from "./socket.ts";

/** An interface that can be asked, until it is disposed. */
export class Server implements AsyncDisposable {
  readonly path: string;
  readonly #server: Deno.HttpServer<Deno.UnixAddr>;
  readonly #stop: AbortController;

  private constructor(path: string, server: Deno.HttpServer<Deno.UnixAddr>, stop: AbortController) {
    this.path = path;
    this.#server = server;
    this.#stop = stop;
  }

  /**
   * Listens for requests to a system.
   *
   * @throws {Error} If there is no place for a socket that this user alone can open.
   */
  static async listen(system: string, handler: Handler): Promise<Server> {
    const path = await ownSocket(system);
    const stop = new AbortController();
    const before = Deno.umask(0o177);
    try {
      const options = { path, signal: stop.signal, onListen: () => {} };
      return new Server(path, Deno.serve(options, (request) => handler(request)), stop);
    } finally {
      Deno.umask(before);
    }
  }

  /** Streams that go on are cut off. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path).catch(() => {});
    this.#stop.abort();
    await this.#server.finished;
  }
}
