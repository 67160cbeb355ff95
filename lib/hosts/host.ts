/** A place where processes run. */
import { abi, type Sockaddr } from "../abi/mod.ts";
import {
  AgentConnection,
  type BuildOf,
  checkUnforeseen,
  type HostError,
  type Transport,
} from "../agent/mod.ts";
import type { Milliseconds } from "../clock/mod.ts";
import { printable } from "../logs/mod.ts";
import { Model } from "../model/mod.ts";
import { type HostInfo, type ProcessStats, type StandingInfo, Thread } from "../thread/mod.ts";
import { manyProcessStats } from "../thread/process_stats.ts";
import type { Hello, Standing } from "../wire/mod.ts";
import { dial, type DialOptions } from "./dial.ts";
import type { Connection } from "./connection.ts";
import { type Environment, withoutSession } from "./environment.ts";
import { Forward, type ForwardOptions } from "./forward.ts";
import { HelperThreads } from "./helper_threads.ts";
import { type HostStats, hostStats, type HostStatsOptions } from "./host_stats.ts";
import { Listener, type ListenOptions } from "./listener.ts";
import { standingOf, type StandingOptions } from "./standing.ts";

/** What every way of getting a host takes. */
export interface HostOptions {
  /** What errors, logs and tables call the host. */
  name?: string;
  /** The directory, on the program's machine, for the logs of services; without it none are written. */
  logDirectory?: string;
  /** Added to the environment of everything that runs on the host. */
  environment?: Readonly<Record<string, string>>;
  /**
   * Where what happens on the host is observed. Hosts that share one are seen together.
   *
   * @default a model of the host's own
   */
  model?: Model;
  /** Ends the attempt to connect. */
  signal?: AbortSignal;
  /**
   * The system that the host stands for, if services are to outlive the program there.
   *
   * @default none: everything there ends with the program
   */
  standing?: string | StandingOptions;
}

/** What the seam under every kind of host takes besides. */
export interface ConnectOptions extends HostOptions {
  /**
   * How long either side may be silent before the other takes it for dead; 0 or Infinity: for
   * ever. For streams that can die unnoticed by the far side.
   *
   * @default 0
   */
  silence?: Milliseconds;
  /** The build that the agent must be; else that of the agent that the program itself has. */
  buildOf?: BuildOf;
  /** Whether the host is this machine, in the program's own namespaces. */
  local?: boolean;
  /**
   * What services get of the agent's environment.
   *
   * @default all but what is of a session of ssh(1) only, as SSH_CONNECTION
   */
  forServices?: (environment: Environment) => Environment;
}

const NANOSECONDS = 1e6;

/** A host with an agent. Closing it ends everything that runs there. */
export class Host {
  readonly #info: HostInfo;
  readonly #connection: AgentConnection;
  readonly #helpers: HelperThreads;
  /** The thread that is there from the start; services are cloned from it. */
  readonly thread: Thread;

  private constructor(info: HostInfo, connection: AgentConnection) {
    this.#info = info;
    this.#connection = connection;
    this.thread = new Thread(info, connection, 1, { pid: info.threadPid, instance: 0n });
    this.#helpers = new HelperThreads(this.thread);
  }

  /**
   * The host behind a byte stream with an agent at its end: the seam under every kind of host. Owns
   * `transport`, also when it throws.
   *
   * @throws {RemoteProtocolError} If the far side is not the agent of this build.
   * @throws {HostLostError} If the stream ends first.
   * @throws {RangeError} If `silence` is less than a second, or more than a day.
   */
  static async connect(
    label: string,
    transport: Transport,
    options: ConnectOptions = {},
  ): Promise<Host> {
    checkSilence(options.silence);
    const name = printable(label);
    const standing = standingOf(options.standing);
    const { mode, after } = standing ?? {};
    const connected = await AgentConnection.connect(name, transport, {
      ...options,
      standing: mode === "plan" ? undefined : mode,
      after,
    });
    const { connection, hello, stands } = connected;
    const booted = Date.now() - Number(hello.now) / NANOSECONDS;
    const left = standing && {
      ...{ system: standing.system, stands },
      ...{ build: hello.build, generation: hello.generation },
      dateOf: (time: number) => booted + time,
      release: (name: string) => connection.release(name),
    };
    const info = hostInfo(name, hello, connection, { ...options, left });
    info.model.tell({ kind: "host-connected", host: name });
    connection.ended.then(({ message }) => {
      info.model.tell({ kind: "host-lost", host: name, reason: message });
    });
    return new Host(info, connection);
  }

  get name(): string {
    return this.#info.name;
  }

  /** What the agent said of the host, and what the program decided for it. */
  get info(): HostInfo {
    return this.#info;
  }

  /** Settles, never rejecting, with the reason when the host was lost or closed. */
  get ended(): Promise<HostError> {
    return this.#connection.ended;
  }

  /**
   * Connects to a TCP or Unix socket of the host's network, through its agent; a Unix socket's path must
   * be absolute. However long that takes, nothing else on the host waits for it.
   *
   * @example
   * ```ts
   * import { type Host, SockaddrIn } from "bailiwick";
   *
   * async function ask(host: Host, question: string): Promise<string> {
   *   await using connection = await host.dial(new SockaddrIn("127.0.0.1", 80));
   *   const writer = connection.writable.getWriter();
   *   await writer.write(new TextEncoder().encode(question));
   *   await writer.close();
   *   return await new Response(connection.readable as BodyInit).text();
   * }
   * ```
   *
   * @throws {SyscallError} ECONNREFUSED, ETIMEDOUT, ENOENT and the others of connect(2).
   * @throws What `signal` was aborted with.
   */
  async dial(address: Sockaddr, options: DialOptions = {}): Promise<Connection> {
    return await dial(this.#helpers, address, options);
  }

  /**
   * Listens on a TCP or Unix socket of the host's network; the connections come to the program.
   *
   * @example
   * ```ts
   * import { type Host, SockaddrIn } from "bailiwick";
   *
   * async function echo(host: Host): Promise<void> {
   *   await using listener = await host.listen(new SockaddrIn("0.0.0.0", 7));
   *   for await (const connection of listener) {
   *     connection.readable.pipeTo(connection.writable).catch(() => {});
   *   }
   * }
   * ```
   *
   * @throws {SyscallError} EADDRINUSE, EACCES and the others of bind(2).
   */
  async listen(address: Sockaddr, options: ListenOptions = {}): Promise<Listener> {
    return await Listener.open(this.#helpers, address, options);
  }

  /**
   * A port on 127.0.0.1 of the program's machine whose connections are carried to an address of the
   * host's network. A connection that fails ends alone.
   *
   * @example
   * ```ts
   * import { type Host, SockaddrIn } from "bailiwick";
   *
   * async function status(host: Host): Promise<string> {
   *   await using forward = host.forward(new SockaddrIn("127.0.0.1", 8080));
   *   return await (await fetch(`http://127.0.0.1:${forward.port}/status`)).text();
   * }
   * ```
   *
   * @throws {Deno.errors.AddrInUse} If the port is taken.
   */
  forward(address: Sockaddr, options: ForwardOptions = {}): Forward {
    return new Forward((signal) => this.dial(address, { signal }), options);
  }

  /**
   * Load, memory, processors and, where asked, disks of the host. One round trip, for which nothing on the
   * host is waited. In a container it tells of the host that this is on, as /proc does.
   *
   * @example
   * ```ts
   * import { type Host, seconds, systemClock } from "bailiwick";
   *
   * async function look(host: Host): Promise<string> {
   *   const before = await host.stats();
   *   await systemClock.sleep(seconds(5));
   *   const now = await host.stats({ disks: ["/srv"] });
   *   const busy = `${now.cpusSince(before)} of ${now.cpus} processors busy, load ${now.load[0]}`;
   *   return `${busy}; ${now.memory.available} bytes, and ${now.disks.get("/srv")?.available} on /srv`;
   * }
   * ```
   *
   * @throws {SyscallError} If the path of a disk is not there.
   */
  async stats(options: HostStatsOptions = {}): Promise<HostStats> {
    return await this.#helpers.run((thread) => hostStats(thread, options));
  }

  /** For the library: what the trees of several processes use, by pid; those that have ended are left out. */
  async processStats(pids: readonly number[]): Promise<ReadonlyMap<number, ProcessStats>> {
    return await this.#helpers.run((thread) => manyProcessStats(thread, pids));
  }

  /**
   * What is there now: processes, and descriptors that are held.
   *
   * @example
   * ```ts no-eval
   * import { localHost } from "bailiwick";
   *
   * await using host = await localHost({ standing: { system: "shop", mode: "look" } });
   * for (const { state, pid } of await host.look()) console.log(state, pid);
   * ```
   */
  async look(): Promise<Standing[]> {
    return await this.#connection.look();
  }

  /** Ends everything on the host, also what was to outlive the program. */
  async down(): Promise<void> {
    checkUnforeseen(`end host ${this.name}`);
    if (this.#info.standing) await this.#connection.down();
    await this.#connection.close();
  }

  /**
   * Ends everything on the host that the program started, and leaves no file behind; but what is kept on a host
   * that stands goes on.
   */
  async close(): Promise<void> {
    checkUnforeseen(`close host ${this.name}`);
    await this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function hostInfo(
  name: string,
  hello: Hello,
  connection: AgentConnection,
  { logDirectory, model = new Model(), local = false, left, ...options }: ConnectOptions & {
    readonly left: StandingInfo | undefined;
  },
): HostInfo {
  const { forServices = withoutSession } = options;
  const environment = { ...hello.host.environment, ...options.environment };
  return {
    ...hello.host,
    standing: left,
    environment,
    serviceEnvironment: { ...forServices(hello.host.environment), ...options.environment },
    name,
    abi: abi(hello.host.arch),
    logDirectory,
    model,
    local,
    get lost() {
      return connection.lost !== undefined;
    },
    get piece() {
      return connection.piece;
    },
  };
}

const LEAST_SILENCE = 1000;
const MOST_SILENCE = 24 * 3600 * 1000;

/** @throws {RangeError} If it is no time that signs of life can be sent in. */
export function checkSilence(silence = 0): void {
  if (silence === 0 || silence === Infinity) return;
  if (silence >= LEAST_SILENCE && silence <= MOST_SILENCE) return;
  throw new RangeError(
    `A host may be silent for ${LEAST_SILENCE} to ${MOST_SILENCE} ms, or for ever (0 or Infinity), ` +
      `not for ${silence}`,
  );
}
