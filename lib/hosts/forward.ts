/**
 * A port of the program's machine that leads to an address of a host's network.
 *
 * When the program cannot accept, such as for want of descriptors, the connections wait in the kernel's
 * queue: it tries again after a while, longer each time, and tells of the first failure of a row.
 */
import { type Clock, type Milliseconds, systemClock } from "../clock/mod.ts";
import type { Connection } from "./connection.ts";

const CHUNK = 64 * 1024;
/** How long it waits after a failure to accept, at first and at most. */
const PATIENCE: { least: Milliseconds; most: Milliseconds } = { least: 50, most: 2000 };

/** How a forward listens. */
export interface ForwardOptions {
  /**
   * The port on 127.0.0.1.
   *
   * @default any that is free
   */
  port?: number;
  /**
   * Told when one connection fails, such as because the address refused it, while the others go on; and
   * when none can be accepted, once until one can again.
   *
   * @default nobody is told
   */
  onError?: (error: Error) => void;
}

/** Connects to where a forward leads. */
export type Dial = (signal: AbortSignal) => Promise<Connection>;

/** A local port whose connections are carried to an address of a host's network. */
export class Forward {
  /** The port on 127.0.0.1. */
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #clock: Clock;
  readonly #dial: Dial;
  readonly #onError: (error: Error) => void;
  readonly #closing = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #accepting: Promise<void>;

  /** For the library: listens at once. */
  constructor(
    dial: Dial,
    { port = 0, onError = () => {} }: ForwardOptions,
    { listener = listen(port), clock = systemClock }: {
      listener?: Deno.TcpListener;
      clock?: Clock;
    } = {},
  ) {
    this.#listener = listener;
    this.#clock = clock;
    this.port = listener.addr.port;
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
    const { signal } = this.#closing;
    let wait = 0;
    while (!signal.aborted) {
      try {
        this.#start(await this.#listener.accept());
        wait = 0;
      } catch (error) {
        if (signal.aborted) return;
        if (wait === 0) this.#onError(this.#cannotAccept(error as Error));
        wait = Math.min(Math.max(2 * wait, PATIENCE.least), PATIENCE.most);
        await this.#clock.sleep(wait, { signal }).catch(() => {}); // Closed: the loop ends.
      }
    }
  }

  #cannotAccept(cause: Error): Error {
    return new Error(
      `Cannot accept connections on 127.0.0.1:${this.port} for now: ${cause.message}; ` +
        "those that come wait until it is possible",
      { cause },
    );
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

function listen(port: number): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port });
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
