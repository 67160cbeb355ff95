/** A port of the program's machine that leads to an address of a host's network. */
import type { Connection } from "./connection.ts";

const CHUNK = 64 * 1024;

/** How a forward listens. */
export interface ForwardOptions {
  /** The port on 127.0.0.1; any free one if it is not given. */
  port?: number;
  /** Told when one connection fails, such as because the address refused it; the others go on. */
  onError?: (error: Error) => void;
}

/** Connects to where a forward leads. */
export type Dial = (signal: AbortSignal) => Promise<Connection>;

/** A local port whose connections are carried to an address of a host's network. */
export class Forward {
  /** The port on 127.0.0.1. */
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #dial: Dial;
  readonly #onError: (error: Error) => void;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;

  /** For the library: listens at once. */
  constructor(dial: Dial, { port = 0, onError = () => {} }: ForwardOptions) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.port = this.#listener.addr.port;
    this.#dial = dial;
    this.#onError = onError;
    this.#accepting = this.#accept();
  }

  /** Stops listening, and closes the connections. Closing twice is fine. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort();
      this.#listener.close();
    }
    await this.#accepting;
    await Promise.all(this.#running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #accept(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        this.#start(await this.#listener.accept());
      } catch (error) {
        if (!this.#closing.signal.aborted) this.#onError(error as Error);
      }
    }
  }

  #start(local: Deno.TcpConn): void {
    const running = this.#carry(local).catch((error) => {
      if (!this.#closing.signal.aborted) this.#onError(error);
    }).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #carry(local: Deno.TcpConn): Promise<void> {
    const { signal } = this.#closing;
    using _local = closing(local);
    await using remote = await this.#dial(signal);
    const stop = () => {
      closing(local)[Symbol.dispose]();
      remote.close().catch(() => {});
    };
    signal.addEventListener("abort", stop);
    try {
      await Promise.all([up(local, remote), down(remote, local)]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}

/** Deno throws when a connection is closed twice. */
function closing(connection: Deno.TcpConn): Disposable {
  return {
    [Symbol.dispose]() {
      try {
        connection.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    },
  };
}

async function up(local: Deno.TcpConn, remote: Connection): Promise<void> {
  const writer = remote.writable.getWriter();
  const buffer = new Uint8Array(CHUNK);
  for (let length; (length = await local.read(buffer)) !== null;) {
    await writer.write(buffer.subarray(0, length));
  }
  await writer.close();
}

async function down(remote: Connection, local: Deno.TcpConn): Promise<void> {
  for await (const bytes of remote.readable) {
    for (let at = 0; at < bytes.length;) at += await local.write(bytes.subarray(at));
  }
  await local.closeWrite();
}
