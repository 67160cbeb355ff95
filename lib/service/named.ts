/** A service by its name: whichever process it is at the moment. */
import type { SIG } from "../abi/mod.ts";
import type { Milliseconds } from "../clock/mod.ts";
import type { ServiceState } from "../model/mod.ts";
import type {
  ChildProcess,
  ProcessStats,
  ServiceLog,
  StopOptions,
  WaitStatus,
} from "../thread/mod.ts";
import { Life } from "./life.ts";
import type { Service } from "./service.ts";
import { SupposedService } from "./supposed.ts";

/** Has a name stand for another process from now on. */
export let become: (service: NamedService, life: Life) => void;
/** The process of a name, from the inside. */
export let lifeOf: (service: NamedService) => Life;

/** What a scope gives for a service; it stands for none until it becomes one. */
export class NamedService implements Service {
  #life!: Life;

  static {
    become = (service, life) => {
      service.#life = life;
    };
    lifeOf = (service) => service.#life;
  }

  get path(): string {
    return this.#life.path;
  }

  get instance(): bigint {
    return this.#life.instance;
  }

  get process(): ChildProcess {
    return this.#life.process;
  }

  get host(): string {
    return this.#life.host;
  }

  get pid(): number {
    return this.#life.pid;
  }

  get command(): string {
    return this.#life.command;
  }

  get address(): string | undefined {
    return this.#life.address;
  }

  get state(): ServiceState {
    return this.#life.state;
  }

  get status(): WaitStatus | undefined {
    return this.#life.status;
  }

  get log(): ServiceLog | undefined {
    return this.#life.log;
  }

  get says(): string | undefined {
    return this.#life.says;
  }

  get reason(): string | undefined {
    return this.#life.reason;
  }

  get timeToReady(): Milliseconds | undefined {
    return this.#life.timeToReady;
  }

  get ready(): Promise<void> {
    return this.#life.ready;
  }

  get ended(): Promise<WaitStatus> {
    return this.#life.ended;
  }

  async stats(): Promise<ProcessStats | undefined> {
    return await this.#life.stats();
  }

  async stop(how?: StopOptions): Promise<WaitStatus> {
    return await this.#life.stop(how);
  }

  async kill(signal: SIG): Promise<void> {
    await this.#life.kill(signal);
  }
}

/** Whether a value is a service. */
export function isService(value: unknown): value is Service {
  return value instanceof Life || value instanceof NamedService || value instanceof SupposedService;
}
