/**
 * The life of one service. Its rules:
 *
 * - Its state changes by the table in `states.ts`, and each change is told to the host's model.
 * - Whether it failed or was stopped is decided when its end is seen, and never again. What was asked to
 *   stop before that, in whatever way, was stopped.
 * - A failure is told of at once. Its last output is added when it is there, or after a limit.
 */
import { type Milliseconds, within } from "../clock/mod.ts";
import { printable } from "../logs/mod.ts";
import type { ServiceIdentity, ServiceState } from "../model/mod.ts";
import type { Nursery } from "../nursery/mod.ts";
import {
  type ChildProcess,
  type ServiceLog,
  stopOf,
  type StopOptions,
  type WaitStatus,
} from "../thread/mod.ts";
import type { SIG } from "../abi/mod.ts";
import { addToFailure, ServiceError } from "./failure.ts";
import { after, isOver, type LifeEvent } from "./states.ts";

/** How long the rest of the output, and of what it said of its readiness, is waited for after its end. */
const PATIENCE: Milliseconds = 1000;

/** A process that a nursery watches. */
export interface Service extends ServiceIdentity {
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  /** Where it can be reached. */
  readonly address: string | undefined;
  readonly state: ServiceState;
  /** How it ended, if it has. */
  readonly status: WaitStatus | undefined;
  /** Its output, if it is captured. */
  readonly log: ServiceLog | undefined;
  /** From its start until it was ready. */
  readonly timeToReady: Milliseconds | undefined;
  /**
   * Settles when it has said that it is ready; at once if it has no way to.
   *
   * @throws {ServiceNotReadyError} If it will not say so.
   * @throws {HostLostError} If its host is lost first.
   */
  readonly ready: Promise<void>;
  /**
   * Settles when it has ended.
   *
   * @throws {HostLostError} If its host is lost first.
   */
  readonly ended: Promise<WaitStatus>;
  /**
   * Stops it, and none of those that use it. That is no failure, whatever its status is then.
   *
   * @param how What is to be other than its start said.
   */
  stop(how?: StopOptions): Promise<WaitStatus>;
  /**
   * Sends a signal. If it ends by that it has failed, unless it exits with status 0.
   *
   * @throws {SyscallError} ESRCH if it has ended.
   */
  kill(signal: SIG): Promise<void>;
}

/** What a life begins with. */
export interface Birth {
  readonly nursery: Nursery;
  readonly process: ChildProcess;
  readonly path: string;
  readonly address: string | undefined;
  /** How it is stopped. */
  readonly stop: Required<StopOptions>;
  /** The start functions that wait for it, innermost first. */
  readonly waiting: readonly string[];
  /** Told when it has failed, at once. */
  readonly onFailure: (error: ServiceError) => void;
}

/** A service, from the inside. */
export class Life implements Service {
  readonly path: string;
  readonly instance: bigint;
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  readonly address: string | undefined;
  readonly process: ChildProcess;
  /** How it is stopped. */
  readonly stopping: Required<StopOptions>;
  readonly ready: Promise<void>;
  readonly ended: Promise<WaitStatus>;
  readonly #birth: Birth;
  readonly #over = Promise.withResolvers<void>();
  readonly #started: Milliseconds;
  #state: ServiceState;
  #timeToReady: Milliseconds | undefined;
  #failure: ServiceError | undefined;
  /** Why it is stopped, if it is for a failure. */
  #fault: { readonly problem: string; readonly cause: unknown } | undefined;
  /** How it ended, while it is not decided yet what that means. */
  #undecided: WaitStatus | undefined;

  constructor(birth: Birth) {
    const { nursery, process, path, address } = birth;
    this.#birth = birth;
    this.process = process;
    this.path = path;
    this.instance = process.instance;
    this.host = process.host.name;
    this.pid = process.pid;
    this.command = printable(`${process.execution?.command ?? ""}`);
    this.address = address;
    this.stopping = birth.stop;
    this.#started = nursery.clock.now();
    this.#state = process.execution?.saysReady ? "starting" : "running";
    const { instance, host, pid, command, state } = this;
    const start = { path, instance, host, pid, command, address };
    process.host.model.tell({ kind: "service-started", state, ...start });
    this.ready = process.ready.then(() => this.#becomeReady()).finally(() => this.#decide());
    this.ready.catch(() => {});
    this.ended = this.over.then(() => this.status!);
    this.ended.catch(() => {});
    process.onEnd({
      ended: (status) => void this.#seeEnd(status),
      lost: (error) => this.#lose(error),
    });
  }

  get state(): ServiceState {
    return this.#state;
  }

  get status(): WaitStatus | undefined {
    return this.process.status;
  }

  get log(): ServiceLog | undefined {
    return this.process.log;
  }

  get timeToReady(): Milliseconds | undefined {
    return this.#timeToReady;
  }

  /** Settles when it has ended and all is known of it; rejects if its host was lost. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Why it failed, if it has. */
  get failure(): ServiceError | undefined {
    return this.#failure;
  }

  /** Takes note that it is being stopped. */
  asked(): void {
    this.#apply("stop");
  }

  async stop(how: StopOptions = {}): Promise<WaitStatus> {
    const stop = stopOf({ ...this.stopping, ...how });
    this.asked();
    try {
      await this.process.terminate(stop);
    } catch (error) {
      if (!this.process.host.lost) throw error;
    }
    return await this.ended;
  }

  /** Stops it for what is wrong with it: it has failed then, whatever its status. */
  async giveUp(problem: string, cause: unknown): Promise<void> {
    this.#fault = { problem, cause };
    await this.stop();
  }

  async kill(signal: SIG): Promise<void> {
    await this.process.kill(signal);
  }

  /** Takes note that it could not be asked to stop. */
  cannotStop(error: Error): void {
    this.#over.reject(error);
  }

  /** The error that says what was wrong with it, which has ended. */
  failureOf(problem: string | undefined, cause?: unknown): ServiceError {
    const { path, instance, host, pid, command, status } = this;
    const isReady = this.#timeToReady !== undefined || !this.process.execution?.saysReady;
    return new ServiceError({
      ...{ path, instance, host, pid, command, problem, status: status! },
      wasReady: isReady,
      waiting: isReady ? [] : this.#birth.waiting,
      ran: this.#birth.nursery.clock.now() - this.#started,
      reason: this.process.reason,
      lastLines: this.log?.tail ?? [],
    }, { cause });
  }

  #becomeReady(): void {
    this.#timeToReady = this.#birth.nursery.clock.now() - this.#started;
    this.#apply("ready");
  }

  async #seeEnd(status: WaitStatus): Promise<void> {
    const { clock } = this.#birth.nursery;
    this.#undecided = status;
    // What it said last may still be on its way: a word of readiness that came before its end counts.
    const mayBeReady = this.#state === "starting" && status.cause === "itself";
    if (mayBeReady) await within(clock, PATIENCE, this.ready.catch(() => {}));
    this.#decide();
    await this.process.cleaned;
    if (this.log) await within(clock, PATIENCE, this.log.ended);
    if (this.#failure) addToFailure(this.#failure, this.log?.tail ?? [], this.process.reason);
    this.#over.resolve();
  }

  #decide(): void {
    const status = this.#undecided;
    this.#undecided = undefined;
    if (!status) return;
    const itself = status.isClean ? "exited" : "broke";
    const fault = this.#fault;
    if (fault) this.#apply("broke");
    else this.#apply(status.cause === "itself" ? itself : "ended");
    if (this.#state !== "failed") return;
    this.#failure = this.failureOf(fault?.problem, fault?.cause);
    this.#birth.onFailure(this.#failure);
  }

  #lose(error: Error): void {
    this.#apply("lost");
    this.#over.reject(error);
  }

  #apply(event: LifeEvent): void {
    const state = after(this.#state, event);
    if (state === this.#state) return;
    this.#state = state;
    const { path, instance, process: { status, host: { model } } } = this;
    if (!isOver(state)) {
      return model.tell({ kind: "service-changed", state, path, instance });
    }
    const { cause = "itself", swept = 0 }: Partial<WaitStatus> = status ?? {};
    const end = { status: status?.toString(), cause, swept };
    model.tell({ kind: "service-ended", state, end, path, instance });
  }
}
