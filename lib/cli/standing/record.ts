/**
 * The hosts of a system that stands, and how each is reached. `up` adds those that it is about to connect to;
 * `down` takes away those on which nothing is left.
 */
import type { ServiceRow } from "../../model/mod.ts";
import type { HostFlags } from "../flags.ts";
import { resolve } from "../roles.ts";
import type { Topologies } from "../system.ts";
import { distinct, sshTo, type Target, thisMachine } from "../targets.ts";
import { UsageError } from "../usage_error.ts";
import type { SystemState } from "./state.ts";

/** What was last known of a service; for when its host cannot be reached. */
export interface RecordedService {
  readonly path: string;
  readonly instance: string;
  readonly pid: number;
  readonly address?: string;
  /** How often it was started again by the program that is in charge. */
  readonly restarts: number;
}

/** A host, with what a command line says to get there. */
export interface RecordedHost {
  readonly name: string;
  readonly way: HostFlags;
  readonly services: readonly RecordedService[];
}

const FILE = "hosts.json";

/** The hosts of one system. */
export class HostRecord {
  readonly #state: SystemState;

  constructor(state: SystemState) {
    this.#state = state;
  }

  async hosts(): Promise<readonly RecordedHost[]> {
    return await this.#state.read<RecordedHost[]>(FILE) ?? [];
  }

  /** Adds the hosts of a command line. Those that others have named stay. */
  async add(targets: readonly Target[], flags: HostFlags): Promise<void> {
    const way = wayOf(flags);
    await this.#change((hosts) => {
      const services = new Map(hosts.map(({ name, services }) => [name, services]));
      const added = targets.map(({ name }) => ({ name, way, services: services.get(name) ?? [] }));
      const names = new Set(added.map(({ name }) => name));
      return [...hosts.filter(({ name }) => !names.has(name)), ...added];
    });
  }

  /** Notes what runs on these hosts. */
  async note(names: ReadonlySet<string>, services: readonly ServiceRow[]): Promise<void> {
    await this.#change((hosts) =>
      hosts.map((host) =>
        names.has(host.name) ? { ...host, services: recorded(host.name, services) } : host
      )
    );
  }

  /** Forgets hosts on which nothing is left. */
  async forget(names: ReadonlySet<string>): Promise<void> {
    await this.#change((hosts) => hosts.filter(({ name }) => !names.has(name)));
  }

  async #change(changed: (hosts: RecordedHost[]) => RecordedHost[]): Promise<void> {
    await this.#state.change<RecordedHost[]>(FILE, (hosts = []) => changed(hosts));
  }
}

/**
 * How to get to a recorded host.
 *
 * @throws {UsageError} If the program has no such topology any more.
 */
export function targetOf(topologies: Topologies, { name, way }: RecordedHost): Target {
  const { topology, host = [] } = way;
  const targets = topologies[topology] && distinct(resolve(topologies, topology, host));
  const target = targets?.find((target) => target.name === name);
  if (target) return target;
  throw new UsageError(`${name} was a host of --topology ${topology}, which has it no more`);
}

/** A host that no record has, by what it is called on a command line. */
export function unrecorded(
  name: string,
  topologies: Topologies,
): RecordedHost & { target: Target } {
  const topology = Object.keys(topologies)[0]!;
  const target = name === thisMachine.name ? thisMachine : sshTo(name);
  return { name, way: { topology }, services: [], target };
}

/** What is relative is so to the current directory, in which later commands may not be. */
function wayOf({ topology, host = [], sshConfig, silence }: HostFlags): HostFlags {
  return {
    topology,
    host,
    ...(sshConfig !== undefined && { sshConfig: absolute(sshConfig) }),
    ...(silence !== undefined && { silence }),
  };
}

function absolute(path: string): string {
  return path.startsWith("/") ? path : `${Deno.cwd()}/${path}`;
}

function recorded(name: string, services: readonly ServiceRow[]): RecordedService[] {
  return services.filter(({ host, ended }) => host === name && ended === undefined).map((row) => ({
    path: row.path,
    instance: row.instance.toString(16),
    pid: row.pid,
    ...(row.address !== undefined && { address: row.address }),
    restarts: services.filter(({ path }) => path === row.path).length - 1,
  }));
}
