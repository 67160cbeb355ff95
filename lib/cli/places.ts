/** Connected hosts, in their roles. */
import type { Host } from "../hosts/mod.ts";
import {
  distinct,
  type Places,
  type Roles,
  type Target,
  type TargetOptions,
  type Targets,
} from "./targets.ts";

/** The hosts of a topology. Disposing ends everything on all of them. */
export class ConnectedHosts implements AsyncDisposable {
  readonly #hosts: ReadonlyMap<Target, Host>;
  readonly #targets: Targets;

  private constructor(hosts: ReadonlyMap<Target, Host>, targets: Targets) {
    this.#hosts = hosts;
    this.#targets = targets;
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
    return new ConnectedHosts(new Map(all.map((target, i) => [target, hosts[i]!])), targets);
  }

  /** The hosts by their roles. */
  get places(): Places<Roles> {
    const host = (target: Target) => this.#hosts.get(target)!;
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

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#hosts.values()].map((host) => host.close()));
  }
}

function nameOf({ name }: Target): string {
  return name;
}
