/** The services of a nursery, for tables and tools. */
import type { Nursery } from "../nursery/mod.ts";
import type { ChildProcess } from "../thread/mod.ts";

/** What is to be told of a service. */
export interface Service {
  readonly name: string;
  readonly host: string;
  readonly pid: number;
  readonly address: string | undefined;
  readonly command: string;
  readonly state: "starting" | "ready" | "stopping" | "ended";
  /** Milliseconds from its start until it was ready. */
  readonly timeToReady: number | undefined;
  readonly child: ChildProcess;
}

/** One service of a nursery, as it changes. */
export class ServiceRecord implements Service {
  readonly child: ChildProcess;
  readonly address: string | undefined;
  /** The start functions that wait for it, innermost first. */
  readonly waiting: readonly string[];
  #readyAt: number | undefined;
  #stopping = false;

  constructor(child: ChildProcess, address: string | undefined, waiting: readonly string[]) {
    this.child = child;
    this.address = address;
    this.waiting = waiting;
    child.ready.then(() => this.#readyAt = performance.now(), () => {});
  }

  get name(): string {
    return this.child.name;
  }

  get host(): string {
    return this.child.host.name;
  }

  get pid(): number {
    return this.child.pid;
  }

  get command(): string {
    return `${this.child.execution?.command ?? ""}`;
  }

  get isReady(): boolean {
    return this.#readyAt !== undefined;
  }

  get timeToReady(): number | undefined {
    const startedAt = this.child.execution?.startedAt;
    if (this.#readyAt === undefined || startedAt === undefined) return undefined;
    return Math.max(0, this.#readyAt - startedAt);
  }

  get state(): Service["state"] {
    if (this.child.status) return "ended";
    if (this.#stopping) return "stopping";
    return this.isReady ? "ready" : "starting";
  }

  /** What JSON shows of it: all but the process. */
  toJSON(): Omit<Service, "child"> {
    const { name, host, pid, address, command, state, timeToReady } = this;
    return { name, host, pid, address, command, state, timeToReady };
  }

  /** Takes note that it is being stopped. */
  stopping(): void {
    this.#stopping = true;
  }
}

const registries = new WeakMap<Nursery, ServiceRecord[]>();

/** Adds a service to its nursery's list. */
export function recordIn(nursery: Nursery, record: ServiceRecord): ServiceRecord {
  let records = registries.get(nursery);
  if (!records) registries.set(nursery, records = []);
  records.push(record);
  return record;
}

/** The services that a nursery watches or has watched, in the order of their start. */
export function services(nursery: Nursery): readonly Service[] {
  return registries.get(nursery) ?? [];
}
