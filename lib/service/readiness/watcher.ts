/**
 * What watches one service from its start to its end: hears it, probes it, and tells its life.
 *
 * Each way that blocks has a thread of its own on the service's host: a probe that hangs holds nobody else up.
 */
import type { Clock } from "../../clock/mod.ts";
import {
  type ChildProcess,
  ServiceNotReadyError,
  type SpawnOptions,
  type Thread,
} from "../../thread/mod.ts";
import { redactionOf } from "../../thread/redaction.ts";
import { untilLine } from "./log_line.ts";
import { Hearing } from "./hearing.ts";
import type { Notify } from "./notify.ts";
import { ownThread } from "./own_thread.ts";
import { Prober } from "./prober.ts";
import { isProbe, type Probe, type Readiness } from "./readiness.ts";
import type { Told } from "./told.ts";

/** What is watched, and how. */
export interface Watching {
  /** The service's path. */
  readonly service: string;
  readonly clock: Clock;
  readonly ready: Readiness | number | undefined;
  readonly health: Probe | false | undefined;
  /** How the service is spawned. */
  readonly spawn: Omit<SpawnOptions, "ready">;
}

/** Watches one service. */
export class Watcher implements AsyncDisposable {
  readonly #watching: Watching;
  readonly #owned = new AsyncDisposableStack();
  /** How what is watched is spawned, beside what its own options say. */
  readonly spawn: Pick<SpawnOptions, "user" | "environment">;
  readonly #notify: Notify | undefined;
  readonly #probing: Promise<Thread> | undefined;
  #prober: Prober | undefined;

  private constructor(watching: Watching, thread: Thread, hearing: Hearing | undefined) {
    this.#watching = watching;
    this.#notify = hearing?.notify;
    this.spawn = hearing?.spawn ?? {};
    if (hearing) this.#owned.use(hearing);
    if (!probeOf(watching)) return;
    const probing = this.#probing = ownThread(thread);
    this.#owned.defer(() => probing.then((own) => own[Symbol.asyncDispose](), () => {}));
  }

  /**
   * Makes what must be there before the service is.
   *
   * @param thread The thread that will spawn it.
   * @throws {TypeError} If the options contradict each other.
   */
  static async open(thread: Thread, watching: Watching): Promise<Watcher> {
    check(watching);
    const { ready, clock, spawn } = watching;
    const hearing = typeof ready === "object" && ready.kind === "sd_notify"
      ? await Hearing.open(thread, ready, clock, spawn)
      : undefined;
    return new Watcher(watching, thread, hearing);
  }

  /** Watches the health of a service that is ready, and was started by an earlier program. */
  static resume(thread: Thread, watching: Watching): Watcher | undefined {
    const health = healthOf(watching);
    return health && new Watcher({ ...watching, ready: undefined, health }, thread, undefined);
  }

  /** What there is to say of a service that does not become ready. */
  get last(): string | undefined {
    if (this.#notify) return this.#notify.last;
    return this.#prober?.last && `the last try got: ${this.#prober.last}`;
  }

  /**
   * Settles when the service is ready; what comes of it then is told. To be called in the turn in which the
   * process came to be.
   *
   * @throws {ServiceNotReadyError} If it will not be ready.
   */
  async begin(process: ChildProcess, told: Told): Promise<void> {
    try {
      await this.#untilReady(process, told);
    } catch (cause) {
      if (!told.live.aborted || cause instanceof ServiceNotReadyError) throw cause;
      const problem = "ended before it was ready";
      throw new ServiceNotReadyError(process, problem, { cause });
    }
    this.#keepHealth(told);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned.disposeAsync();
  }

  async #untilReady(process: ChildProcess, told: Told): Promise<void> {
    const { ready } = this.#watching;
    if (typeof ready !== "object") return await process.ready;
    if (ready.kind === "log-line") return await untilLine(ready, process);
    if (ready.kind !== "sd_notify") return await (await this.#probe(ready, told)).untilReady();
    this.#notify!.hear(process, told);
    await this.#notify!.ready;
  }

  async #keepHealth(told: Told): Promise<void> {
    const probe = healthOf(this.#watching);
    if (!probe) return;
    try {
      await (await this.#probe(probe, told)).keep(told);
    } catch (error) {
      // What ends the watching by itself, such as a thread that was killed, is no health either.
      if (!told.live.aborted) {
        told.seenUnready("probe", `it cannot be probed: ${(error as Error).message}`);
      }
    }
  }

  async #probe(probe: Probe, { live }: Told): Promise<Prober> {
    const { service, clock, spawn } = this.#watching;
    const { user, group, groups, cwd, environment, inheritEnvironment, secrets } = spawn;
    const command = { user, group, groups, cwd, environment, inheritEnvironment, secrets };
    const thread = await this.#probing!;
    const defined = Object.entries(command).filter(([, value]) => value !== undefined);
    return this.#prober = new Prober(probe, {
      ...{ thread, clock, service, signal: live, redaction: redactionOf(secrets) },
      spawn: Object.fromEntries(defined),
    });
  }
}

function probeOf(watching: Watching): Probe | undefined {
  return isProbe(watching.ready) ? watching.ready : healthOf(watching);
}

function healthOf({ ready, health }: Watching): Probe | undefined {
  if (health === false) return undefined;
  return health ?? (isProbe(ready) ? ready : undefined);
}

function check({ ready, health, service, spawn: { log, fds = {} } }: Watching): void {
  if (health && ready === undefined) {
    throw new TypeError(
      `health of ${service} goes on after readiness: say by what it is ready, such as the same probe`,
    );
  }
  const isCaptured = log !== false && !(1 in fds && 2 in fds);
  if (typeof ready === "object" && ready.kind === "log-line" && !isCaptured) {
    throw new TypeError(`${service} cannot be ready by a line of its log, which is not captured`);
  }
}
