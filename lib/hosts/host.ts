/** A place where processes run. */
import { abi } from "../abi/mod.ts";
import { AgentConnection, type HostError, type Transport } from "../agent/mod.ts";
import { type HostInfo, Thread } from "../thread/mod.ts";
import type { Hello } from "../wire/mod.ts";

/** What every way of getting a host takes. */
export interface HostOptions {
  /** What errors, logs and tables call the host. */
  name?: string;
  /** The directory, on the program's machine, for the logs of services; without it none are written. */
  logDirectory?: string;
  /** Added to the environment of everything that runs on the host. */
  environment?: Readonly<Record<string, string>>;
  /** Ends the attempt to connect. */
  signal?: AbortSignal;
}

/** What the seam under every kind of host takes besides. */
export interface ConnectOptions extends HostOptions {
  /**
   * Tells the agent every two seconds that the program is there; without a word for eight it ends
   * everything. For streams that can die unnoticed by the far side.
   */
  heartbeat?: boolean;
  /** Whether the host is this machine, in the program's own namespaces. */
  local?: boolean;
}

/** A host with an agent. Closing it ends everything that runs there. */
export class Host {
  readonly #info: LiveHostInfo;
  readonly #connection: AgentConnection;
  /** The thread that is there from the start; services are cloned from it. */
  readonly thread: Thread;

  private constructor(info: LiveHostInfo, connection: AgentConnection) {
    this.#info = info;
    this.#connection = connection;
    this.thread = new Thread(info, connection, 1, info.threadPid);
  }

  /**
   * The host behind a byte stream with an agent at its end: the seam under every kind of host. Owns
   * `transport`, also when it throws.
   *
   * @throws {RemoteProtocolError} If the far side is not an agent of this build's protocol.
   * @throws {HostLostError} If the stream ends first.
   */
  static async connect(
    name: string,
    transport: Transport,
    options: ConnectOptions = {},
  ): Promise<Host> {
    const { connection, hello } = await AgentConnection.connect(name, transport, options);
    if (options.heartbeat) startHeartbeat(connection);
    return new Host(new LiveHostInfo(name, hello, connection, options), connection);
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

  /** Ends everything on the host that the program started, and leaves no file behind. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

class LiveHostInfo implements HostInfo {
  readonly arch: Hello["arch"];
  readonly pageSize: number;
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  readonly threadPid: number;
  readonly slots: number;
  readonly release: string;
  readonly nodename: string;
  readonly temporary: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly abi: HostInfo["abi"];
  readonly logDirectory: string | undefined;
  readonly local: boolean;
  readonly #connection: AgentConnection;

  constructor(
    readonly name: string,
    hello: Hello,
    connection: AgentConnection,
    options: ConnectOptions,
  ) {
    this.logDirectory = options.logDirectory;
    this.local = options.local ?? false;
    this.arch = hello.arch;
    this.pageSize = hello.pageSize;
    this.pid = hello.pid;
    this.uid = hello.uid;
    this.gid = hello.gid;
    this.threadPid = hello.threadPid;
    this.slots = hello.slots;
    this.release = hello.release;
    this.nodename = hello.nodename;
    this.temporary = hello.temporary;
    this.environment = hello.environment;
    this.abi = abi(hello.arch);
    this.#connection = connection;
  }

  get lost(): boolean {
    return this.#connection.lost !== undefined;
  }
}

/** Milliseconds between two signs of life, and those without one after which an agent gives up. */
const HEARTBEAT = 2000;
const SILENCE = 8000;

function startHeartbeat(connection: AgentConnection): void {
  connection.alive(SILENCE);
  const timer = setInterval(() => connection.alive(SILENCE), HEARTBEAT);
  connection.ended.then(() => clearInterval(timer));
}
