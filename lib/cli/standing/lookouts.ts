/** Seeing what stands on the hosts of a system, whoever is in charge of it; it changes nothing. */
import type { Host } from "../../hosts/mod.ts";
import { targetOptions } from "../flags.ts";
import type { Topologies } from "../system.ts";
import { type RecordedHost, targetOf } from "./record.ts";
import { rowsOf, type ServiceLine, unknownRows } from "./rows.ts";

/** What was seen of one host. */
export interface Sight {
  readonly host: string;
  readonly rows: readonly ServiceLine[];
  /** Why it could not be reached; then the rows are what was last known. */
  readonly problem?: string;
}

/** Connections to the hosts of a system; those that are lost are made again by the next look. */
export class Lookouts implements AsyncDisposable {
  readonly #system: string;
  readonly #topologies: Topologies;
  readonly #signal: AbortSignal | undefined;
  readonly #hosts = new Map<string, Host>();

  /** @param signal Ends the attempts to connect. */
  constructor(system: string, topologies: Topologies, signal?: AbortSignal) {
    this.#system = system;
    this.#topologies = topologies;
    this.#signal = signal;
  }

  /** Looks at every host, all at once. One that cannot be reached is told of as such. */
  async look(hosts: readonly RecordedHost[]): Promise<Sight[]> {
    return await Promise.all(hosts.map((host) => this.#lookAt(host)));
  }

  async #lookAt(recorded: RecordedHost): Promise<Sight> {
    const { name } = recorded;
    try {
      const host = this.#hosts.get(name) ?? await this.#connect(recorded);
      return { host: name, rows: rowsOf(recorded, await host.look()) };
    } catch (error) {
      await this.#hosts.get(name)?.close();
      this.#hosts.delete(name);
      const problem = error instanceof Error ? error.message : `${error}`;
      return { host: name, rows: unknownRows(recorded), problem };
    }
  }

  async #connect(recorded: RecordedHost): Promise<Host> {
    const host = await targetOf(this.#topologies, recorded).connect({
      ...targetOptions(recorded.way),
      ...(this.#signal && { signal: this.#signal }),
      standing: { system: this.#system, mode: "look" },
    });
    this.#hosts.set(recorded.name, host);
    return host;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#hosts.values()].map((host) => host.close()));
  }
}
