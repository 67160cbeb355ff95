/** Services that say nothing, servers in this process that are asked for them, and what becomes of both. */
import assert from "node:assert/strict";
import {
  Command,
  type Nursery,
  type ProbeOptions,
  type Readiness,
  seconds,
  type Service,
  ServiceError,
  startService,
  type Thread,
} from "bailiwick";
import { until } from "bailiwick/testing";

/** A service that says nothing. */
export const FOREVER = new Command("sleep", ["infinity"]);
/** Quick enough for a test; long enough for any machine. */
export const QUICK: ProbeOptions = { interval: 5, timeout: seconds(20) };

/** A server in this process, on the loopback of the host of these tests. */
export class Server implements Disposable {
  readonly #listener: Deno.Listener;
  connections = 0;
  #isClosed = false;

  /** @param answer What a connection gets after its first bytes; without it they hang. */
  constructor(port = 0, answer?: string) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#serve(answer);
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async #serve(answer: string | undefined): Promise<void> {
    for await (const connection of this.#listener) {
      this.connections++;
      this.#answer(connection, answer).catch(() => {}).finally(() => connection.close());
    }
  }

  async #answer(connection: Deno.Conn, answer: string | undefined): Promise<void> {
    const room = new Uint8Array(1024);
    if (answer !== undefined && await connection.read(room) !== null) {
      await connection.write(new TextEncoder().encode(answer));
    } else while (await connection.read(room) !== null);
  }

  [Symbol.dispose](): void {
    if (!this.#isClosed) this.#listener.close();
    this.#isClosed = true;
  }
}

/** A port that nobody listens on. */
export function freePort(): number {
  using server = new Server();
  return server.port;
}

/** The error of a start that fails while its nursery goes on. */
export async function failed(
  nursery: Nursery,
  thread: Thread,
  ready: Readiness | number,
  readyTimeout = 300,
): Promise<ServiceError> {
  const start = startService(nursery, thread, FOREVER, { name: "quiet", ready, readyTimeout });
  const error = await start.then(() => undefined, (error) => error);
  assert.ok(error instanceof ServiceError, `${error}`);
  assert.equal(nursery.signal.aborted, false);
  assert.equal(error.wasReady, false);
  return error;
}

/** Settles when a service is in a state. */
export async function untilState(service: Service, state: Service["state"]): Promise<void> {
  await until(`${service.path} is ${state}`, () => service.state === state);
}

/** Kills the one thread that watches the only service of a local host: the agent's last child but for that. */
export async function killWatcher(service: Service, { host }: Thread): Promise<void> {
  const text = await Deno.readTextFile(`/proc/${host.pid}/task/${host.pid}/children`);
  const others = text.trim().split(" ").map(Number)
    .filter((pid) => pid !== service.pid && pid !== host.threadPid);
  assert.equal(others.length, 1, text);
  Deno.kill(others[0]!, "SIGKILL");
}
