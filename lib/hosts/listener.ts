/** Listening sockets of a host, whose connections come to the program. */
import { AF, type Sockaddr } from "../abi/mod.ts";
import { SyscallError } from "../agent/mod.ts";
import type { FileDescriptor, Thread } from "../thread/mod.ts";
import { acceptOn, listenOn } from "./dial.ts";
import type { Connection } from "./connection.ts";
import type { HelperThreads } from "./helper_threads.ts";

/** Accepts that are under way at once, so that a burst does not cost a round trip for each. */
const AHEAD = 8;

/** How a listener listens. */
export interface ListenOptions {
  /**
   * Connections that the kernel keeps until they are accepted.
   *
   * @default 1024
   */
  backlog?: number;
}

/** A listening socket. Iterating it gives its connections; who takes one owns it. */
export class Listener implements AsyncIterable<Connection> {
  /** Where it listens: with the port that the kernel chose, if that was left to it. */
  readonly address: Sockaddr;
  readonly #thread: Thread;
  readonly #helpers: HelperThreads;
  readonly #fd: FileDescriptor;
  #accepts: Promise<Connection>[] = [];
  #closed: Promise<void> | undefined;

  private constructor(
    helpers: HelperThreads,
    thread: Thread,
    { fd, bound }: { fd: FileDescriptor; bound: Sockaddr },
  ) {
    this.#helpers = helpers;
    this.#thread = thread;
    this.#fd = fd;
    this.address = bound;
  }

  /** For the library: listens on a thread of its own. */
  static async open(
    helpers: HelperThreads,
    address: Sockaddr,
    { backlog = 1024 }: ListenOptions,
  ): Promise<Listener> {
    const thread = await helpers.clone();
    try {
      return new Listener(helpers, thread, await listenOn(thread, address, backlog));
    } catch (error) {
      await thread[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * Waits for the next connection; nothing once the listener is closed.
   *
   * @throws {SyscallError} If the host cannot accept, such as with EMFILE, or ENOBUFS when it carries as many
   * streams as it can: wait before the next attempt, while the kernel keeps what comes in its queue.
   * @throws {HostLostError} If the host is lost.
   */
  async accept(): Promise<Connection | undefined> {
    while (!this.#closed) {
      while (this.#accepts.length < AHEAD) this.#accepts.push(this.#begin());
      try {
        return await this.#accepts.shift()!;
      } catch (error) {
        if (this.#closed) return undefined;
        if (!(error instanceof SyscallError && error.code === "ECONNABORTED")) throw error;
      }
    }
    return undefined;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Connection, void> {
    for (let next; (next = await this.accept());) yield next;
  }

  /**
   * Stops listening, closes the connections that nobody took, and removes the file of a Unix socket.
   * Closing twice is fine.
   */
  async close(): Promise<void> {
    await (this.#closed ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #begin(): Promise<Connection> {
    const accepting = acceptOn(this.#thread, this.#fd);
    accepting.catch(() => {});
    return accepting;
  }

  async #close(): Promise<void> {
    await this.#thread[Symbol.asyncDispose]();
    for (const accept of await Promise.allSettled(this.#accepts.splice(0))) {
      if (accept.status === "fulfilled") await accept.value.close();
    }
    const { address } = this;
    if (address.family !== AF.UNIX || address.path.startsWith("\0")) return;
    // Somebody may have removed it, or the host may be gone.
    await this.#helpers.run((thread) => thread.unlink(address.path)).catch(() => {});
  }
}
