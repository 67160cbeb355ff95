/** Connected hosts, in their roles. */
import { HostClosedError, SupersededError } from "../agent/mod.ts";
import type { Host } from "../hosts/mod.ts";
import type { Nursery } from "../nursery/mod.ts";
import { useHost } from "../system/mod.ts";
import {
  distinct,
  type Places,
  type Roles,
  type Target,
  type TargetOptions,
  type Targets,
} from "./targets.ts";

/** The hosts of a topology. Disposing closes those that no nursery has. */
export class ConnectedHosts implements AsyncDisposable {
  /** Those that no nursery has. */
  readonly #hosts: Map<Target, Host>;
  readonly #targets: Targets;
  readonly #options: TargetOptions;
  /** Whether services of an earlier program stood when this one came. */
  readonly stood: boolean;
  readonly #taken = Promise.withResolvers<void>();
  #superseded: SupersededError | undefined;
  #onLost: (host: string) => void = () => {};

  private constructor(hosts: Map<Target, Host>, targets: Targets, options: TargetOptions) {
    this.#hosts = hosts;
    this.#targets = targets;
    this.#options = options;
    this.stood = [...hosts.values()].some(({ info }) =>
      info.standing?.stands.some(({ state }) => state === "kept")
    );
    for (const host of hosts.values()) this.#follow(host);
  }

  /**
   * Connects to every host, all at once. If one cannot be used the others are closed.
   *
   * @throws {ConnectError} If a host cannot be used; of several, all in an `AggregateError`.
   */
  static async connect(targets: Targets, options: TargetOptions): Promise<ConnectedHosts> {
    const all = distinct(targets);
    const results = await Promise.allSettled(all.map((target) => target.connect(options)));
    const hosts = results.filter((result) => result.status === "fulfilled").map((r) => r.value);
    const failed = results.filter((result) => result.status === "rejected").map((r) => r.reason);
    if (failed.length > 0) {
      await Promise.all(hosts.map((host) => host.close()));
      throw failed.length === 1 ? failed[0] : new AggregateError(failed, "Hosts cannot be used");
    }
    const byTarget = new Map(all.map((target, i) => [target, hosts[i]!]));
    return new ConnectedHosts(byTarget, targets, options);
  }

  /** The hosts that no nursery has yet, by what they are called on the command line. */
  get hosts(): ReadonlyMap<string, Host> {
    return new Map(this.#hosts.entries().map(([{ name }, host]) => [name, host]));
  }

  /** The hosts by their roles. The nursery has them from now on; in a scope those that are lost come back. */
  async places(nursery: Nursery): Promise<Places<Roles>> {
    const hosts = new Map(
      await Promise.all(
        distinct(this.#targets).map(async (target) => {
          const connect = (signal: AbortSignal) => this.#connect(target, signal);
          return [target, await useHost(nursery, target.name, connect, { uses: [] })] as const;
        }),
      ),
    );
    const host = (target: Target) => hosts.get(target)!;
    return Object.fromEntries(
      Array.from(this.#targets, ([role, player]) => [
        role,
        "connect" in player ? host(player) : player.map(host),
      ]),
    ) as Places<Roles>;
  }

  /** Whether these are the hosts that it has, in the same roles. */
  has(targets: Targets): boolean {
    const names = (all: Targets) =>
      JSON.stringify(
        Array.from(all, ([role, player]) => [role, [player].flat().map(nameOf)]).sort(),
      );
    return names(targets) === names(this.#targets);
  }

  /** Calls back when another program takes a host over; this one can change nothing there any more. */
  onSuperseded(then: () => void): void {
    this.#taken.promise.then(then);
  }

  /** What it is told then, if that has happened. */
  get superseded(): SupersededError | undefined {
    return this.#superseded;
  }

  async #connect(target: Target, signal: AbortSignal): Promise<Host> {
    const host = this.#hosts.get(target);
    if (!host) return this.#follow(await this.#again(target, signal));
    this.#hosts.delete(target);
    return host;
  }

  async #again(target: Target, signal: AbortSignal): Promise<Host> {
    try {
      return await target.connect({ ...this.#options, signal });
    } catch (error) {
      this.#see(error);
      throw error;
    }
  }

  /** Calls back when a host is lost that was not closed. */
  onLost(then: (host: string) => void): void {
    this.#onLost = then;
  }

  #follow(host: Host): Host {
    host.ended.then((error) => {
      this.#see(error);
      const isMeant = error instanceof HostClosedError || error instanceof SupersededError;
      if (!isMeant) this.#onLost(host.name);
    });
    return host;
  }

  #see(error: unknown): void {
    if (!(error instanceof SupersededError)) return;
    this.#superseded ??= error;
    this.#taken.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#hosts.values()].map((host) => host.close()));
  }
}

function nameOf({ name }: Target): string {
  return name;
}
