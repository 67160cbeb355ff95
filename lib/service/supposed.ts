/** Services that would stand, for who only looks at what would be done. */
import type { Supposed } from "../nursery/mod.ts";
import type { ServiceState } from "../model/mod.ts";
import type { ChildProcess, ProcessStats, ServiceLog, WaitStatus } from "../thread/mod.ts";
import type { Service } from "./service.ts";

/** Of a service that would stand it is known what it was asked for; it is supposed that it is ready. */
export class SupposedService implements Service {
  readonly path: string;
  readonly instance: bigint;
  readonly host: string;
  readonly command: string;
  readonly address: string | undefined;
  readonly state: ServiceState = "ready";
  readonly status = undefined;
  readonly log: ServiceLog | undefined = undefined;
  readonly says = undefined;
  readonly reason = undefined;
  readonly timeToReady = undefined;
  readonly ready: Promise<void> = Promise.resolve();
  readonly #beyond: Supposed["beyond"];

  constructor(
    { path, instance, beyond }: Supposed,
    { host, command, address }: Pick<Service, "host" | "command" | "address">,
  ) {
    this.path = path;
    this.instance = instance;
    this.host = host;
    this.command = command;
    this.address = address;
    this.#beyond = beyond;
  }

  get process(): ChildProcess {
    throw this.#beyond(`ask for the process of ${this.path}`);
  }

  get pid(): number {
    throw this.#beyond(`ask for the pid of ${this.path}`);
  }

  get ended(): Promise<WaitStatus> {
    return Promise.reject(this.#beyond(`wait for the end of ${this.path}`));
  }

  stats(): Promise<ProcessStats | undefined> {
    return Promise.reject(this.#beyond(`measure ${this.path}`));
  }

  stop(): Promise<WaitStatus> {
    return Promise.reject(this.#beyond(`stop ${this.path}`));
  }

  kill(): Promise<void> {
    return Promise.reject(this.#beyond(`send a signal to ${this.path}`));
  }
}
