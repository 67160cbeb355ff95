/** Which host each service of the example system gets: the only thing in which dev and prod differ. */
import {
  type Host,
  type HostOptions,
  localHost,
  type Milliseconds,
  type Path,
  sshHost,
} from "bailiwick";
import type { Place, TradingTopology } from "./trading.ts";

/** What a command line says of where things run. */
export interface TopologyFlags {
  readonly topology: "dev" | "prod";
  /** As "front=user@a"; for prod. */
  readonly host: readonly string[];
  readonly sshConfig?: string;
  /** Milliseconds that a host behind ssh may be silent before it is lost; 0: for ever. */
  readonly silence?: Milliseconds;
  /** The port that clients connect to; 0 to have one chosen. */
  readonly port: number;
  /** The directory on each host that keeps what is to be kept; else a temporary one. */
  readonly data?: string;
}

/** Something is wrong with the flags. */
export class TopologyError extends Error {
  override readonly name = "TopologyError";
}

/** The hosts of a topology by the parts that they play. */
export interface Roles {
  readonly front: string;
  readonly shards: readonly string[];
}

/** Two shards on one machine show in dev whatever can go wrong between shards. */
const DEV_SHARDS = 2;

/** @throws {TopologyError} If the flags do not name a front and at least one shard. */
export function rolesOf({ topology, host }: TopologyFlags): Roles {
  if (topology === "dev") {
    if (host.length > 0) throw new TopologyError("--host goes with --topology prod");
    return { front: "", shards: Array(DEV_SHARDS).fill("") };
  }
  const pairs = host.map((text) => text.match(/^(front|shard)=(.+)$/));
  const wrong = host[pairs.indexOf(null)];
  if (wrong !== undefined) {
    throw new TopologyError(`--host takes front=[USER@]HOST or shard=[USER@]HOST, not ${wrong}`);
  }
  const named = (role: string) =>
    pairs.filter((pair) => pair![1] === role).map((pair) => pair![2]!);
  const [front, ...more] = named("front");
  const shards = named("shard");
  if (front === undefined || more.length > 0 || shards.length === 0) {
    throw new TopologyError(
      "--topology prod needs one --host front=[USER@]HOST and a --host shard=[USER@]HOST for each shard",
    );
  }
  return { front, shards };
}

/** Connected hosts and the places on them. Disposing ends everything on all of them. */
export class Topology implements AsyncDisposable {
  readonly #hosts: ReadonlyMap<string, Host>;
  readonly #roles: Roles;
  readonly #flags: TopologyFlags;

  private constructor(hosts: ReadonlyMap<string, Host>, roles: Roles, flags: TopologyFlags) {
    this.#hosts = hosts;
    this.#roles = roles;
    this.#flags = flags;
  }

  /**
   * Connects to every host of the topology, all at once.
   *
   * @throws {TopologyError} If the flags make no sense.
   * @throws {ConnectError} If a host cannot be used.
   */
  static async connect(flags: TopologyFlags, options: HostOptions): Promise<Topology> {
    const roles = rolesOf(flags);
    const names = [...new Set([roles.front, ...roles.shards])];
    const connects = await Promise.allSettled(names.map((to) => connectTo(to, flags, options)));
    const hosts = connects.filter((result) => result.status === "fulfilled").map((r) => r.value);
    const failed = connects.filter((result) => result.status === "rejected").map((r) => r.reason);
    if (failed.length > 0) {
      await Promise.all(hosts.map((host) => host.close()));
      throw failed.length === 1 ? failed[0] : new AggregateError(failed, "Hosts cannot be used");
    }
    return new Topology(new Map(names.map((name, index) => [name, hosts[index]!])), roles, flags);
  }

  /** The places of the services, with directories made for what is temporary. */
  async places(): Promise<TradingTopology> {
    const { front, shards } = this.#roles;
    const roots = new Map<string, Path>();
    for (const [name, host] of this.#hosts) roots.set(name, await this.#root(host));
    const place = (name: string, index: number): Place => ({
      thread: this.#hosts.get(name)!.thread,
      address: addressOf(this.#hosts.get(name)!),
      data: roots.get(name)!.join(`shard-${index}`),
    });
    const gateway = this.#hosts.get(front)!;
    return {
      front: { thread: gateway.thread, address: addressOf(gateway), port: this.#flags.port },
      shards: shards.map(place),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#hosts.values()].map((host) => host.close()));
  }

  async #root({ thread }: Host): Promise<Path> {
    const { data } = this.#flags;
    if (data === undefined) return await thread.mkdtemp("trading");
    const root = thread.path(data);
    await thread.mkdir(root, 0o700, { existing: "ok" });
    return root;
  }
}

/** Connects to a host by its name in the flags; the empty name is this machine. */
export async function connectTo(
  to: string,
  { sshConfig, silence }: Pick<TopologyFlags, "sshConfig" | "silence">,
  options: HostOptions,
): Promise<Host> {
  if (to === "") return await localHost(options);
  const target = { to, ...(sshConfig !== undefined && { config: sshConfig }) };
  return await sshHost(target, { ...options, ...(silence !== undefined && { silence }) });
}

/** The address by which a host was reached, as its sshd tells the session: ssh(1), SSH_CONNECTION. */
function addressOf({ info }: Host): string {
  return info.environment["SSH_CONNECTION"]?.split(" ")[2] ?? "127.0.0.1";
}
