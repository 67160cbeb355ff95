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
import type { ServiceState } from "../model/mod.ts";
import type { Nursery } from "../nursery/mod.ts";
import {
  type ChildProcess,
  type ProcessStats,
  type ServiceLog,
  stopOf,
  type StopOptions,
  type WaitStatus,
} from "../thread/mod.ts";
import { SIG, SIGNAL_NAMES } from "../abi/mod.ts";
import { addToFailure, ServiceError } from "./failure.ts";
import { goesOn } from "./let_go.ts";
import type { ServiceNote } from "./legacy_service.ts";
import { encodeNote } from "./note.ts";
import type { Service } from "./service.ts";
import { after, isOver, type LifeEvent } from "./states.ts";
import type { Told, Witness } from "./readiness/told.ts";
import type { Watcher } from "./readiness/watcher.ts";

/** How long the rest of the output, and of what it said of its readiness, is waited for after its end. */
const PATIENCE: Milliseconds = 1000;

/** What a life begins with. */
export interface Birth {
  readonly nursery: Nursery;
  readonly process: ChildProcess;
  readonly path: string;
  readonly address: string | undefined;
  /** By what it is known as ready; without one, by a descriptor, if it has that. */
  readonly watcher: Watcher | undefined;
  /** How it is stopped. */
  readonly stop: Required<StopOptions>;
  /** The start functions that wait for it, innermost first. */
  readonly waiting: readonly string[];
  /** Told what becomes of it, at once. */
  readonly told: LifeListener;
  /** What an earlier program noted of it, if that has started it and seen it ready. */
  readonly noted?: ServiceNote;
  /** Whether it has taken the place of one that an earlier program has started. */
  readonly succeeds?: boolean;
}

/** Who is told what becomes of a service. */
export interface LifeListener {
  failed(error: ServiceError): void;
  /** It has ended by itself, with status 0. */
  finished(): void;
  /** It is not ready any more, for this reason; or, without one, is again. */
  doubted(reason: string | undefined): void;
}

/**
 * Why a service is not watched any more: one error for all, since one for each would be dear. It is made
 * when it is needed: a program's first error takes longer to make than the library to load.
 */
let notLive: Error | undefined;

function whyNotLive(): Error {
  return notLive ??= new Error("The service is stopping or has ended");
}

/** A service, from the inside. */
export class Life implements Service, Told {
  readonly path: string;
  readonly instance: bigint;
  readonly host: string;
  readonly pid: number;
  readonly command: string;
  address: string | undefined;
  readonly process: ChildProcess;
  /** How it is stopped. */
  stopping: Required<StopOptions>;
  readonly ready: Promise<void>;
  readonly ended: Promise<WaitStatus>;
  readonly #birth: Birth;
  readonly #over = Promise.withResolvers<void>();
  readonly #started: Milliseconds;
  #state: ServiceState;
  #timeToReady: Milliseconds | undefined;
  #says: string | undefined;
  #reason: string | undefined;
  /** Who takes it for not ready, and why. */
  readonly #doubts = new Map<Witness, string>();
  readonly #saysReady: boolean;
  readonly #live = new AbortController();
  /** What is noted of it, if it stays when the program goes. */
  #note: ServiceNote | undefined;
  #hasLetGo = false;
  #failure: ServiceError | undefined;
  /** Why it is stopped, if it is for a failure. */
  #fault: { readonly problem: string; readonly cause: unknown } | undefined;
  /** How it ended, while it is not decided yet what that means. */
  #undecided: WaitStatus | undefined;

  constructor(birth: Birth) {
    const { nursery, process, path, address, watcher, noted } = birth;
    this.#birth = birth;
    this.process = process;
    this.path = path;
    this.instance = process.instance;
    this.host = process.host.name;
    this.pid = process.pid;
    this.command = noted?.command ?? printable(`${process.execution?.command ?? ""}`);
    this.address = address;
    this.stopping = birth.stop;
    this.#started = nursery.clock.now();
    this.#saysReady = noted?.isReady ??
      (watcher !== undefined || process.execution?.saysReady === true);
    this.#state = !this.#saysReady ? "running" : noted ? "ready" : "starting";
    this.#note = noted;
    const { instance, host, pid, command, state } = this;
    const since = noted && { since: noted.since };
    const start = { path, instance, host, pid, command, address, ...since };
    process.host.model.tell({ kind: "service-started", state, ...start });
    const ready = watcher ? watcher.begin(process, this) : process.ready;
    this.ready = ready.then(() => this.#isReady()).finally(() => this.#decide());
    this.ready.catch(() => {});
    this.ended = this.over.then(() => this.status ?? process.wait());
    this.ended.catch(() => {});
    process.onEnd({
      ended: (status) => void this.#seeEnd(status),
      paused: (status) => this.#seePause(status),
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

  get says(): string | undefined {
    return this.#says;
  }

  get reason(): string | undefined {
    return this.#reason;
  }

  /** Settles when it has ended and all is known of it; rejects if its host was lost. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Why it failed, if it has. */
  get failure(): ServiceError | undefined {
    return this.#failure;
  }

  get live(): AbortSignal {
    return this.#live.signal;
  }

  seenReady(witness: Witness): void {
    this.#doubts.delete(witness);
    const [reason] = this.#doubts.values();
    if (reason === undefined) this.#isReady();
    else if (this.#state === "unready") this.#reason = reason;
  }

  seenUnready(witness: Witness, reason: string): void {
    const shown = printable(reason);
    this.#doubts.set(witness, shown);
    if (this.#state === "ready") this.#apply("unready", shown);
  }

  said(status: string): void {
    // Who repeats himself does not push what others have said out of the model.
    if (isOver(this.#state) || this.#says === printable(status)) return;
    const { path, instance, process: { host: { model } } } = this;
    this.#says = printable(status);
    model.tell({ kind: "service-says", status: this.#says, path, instance });
  }

  faulted(problem: string): void {
    if (this.live.aborted) return;
    this.giveUp(problem, undefined, { signal: SIG.ABRT }).catch((error) => this.cannotStop(error));
  }

  /** Whether it is to go on without the program, which goes. */
  get staysOn(): boolean {
    return this.#note !== undefined && goesOn(this.#birth.nursery, this.isOfEarlier);
  }

  /** Whether an earlier program has started it, or one that it has taken the place of. */
  get isOfEarlier(): boolean {
    const { noted, succeeds = false } = this.#birth;
    return noted !== undefined || succeeds;
  }

  /** Has it stay on its host when the program goes, with this note. */
  async keep(note: ServiceNote): Promise<void> {
    await this.process.keep(encodeNote(note));
    this.#note = note;
  }

  /** It goes on, and nobody here watches it any more. */
  letGo(): void {
    this.#hasLetGo = true;
    this.#live.abort(whyNotLive());
    this.#over.resolve();
  }

  /** Takes note that it is being stopped; so does its host, for a program that comes before it has ended. */
  asked(): void {
    if (this.#note) {
      this.process.note(encodeNote({ ...this.#note, isLeaving: true } as ServiceNote));
    }
    this.#apply("stop");
    this.#live.abort(whyNotLive());
  }

  async stats(): Promise<ProcessStats | undefined> {
    return await this.process.stats();
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
  async giveUp(problem: string, cause: unknown, how?: StopOptions): Promise<void> {
    this.#fault = { problem, cause };
    await this.stop(how);
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
    const { noted } = this.#birth;
    const isReady = noted !== undefined || this.#timeToReady !== undefined || !this.#saysReady;
    return new ServiceError({
      ...{ path, instance, host, pid, command, problem, status: status! },
      wasReady: isReady,
      waiting: isReady ? [] : this.#birth.waiting,
      ran: this.#birth.nursery.clock.now() - this.#started,
      reason: this.process.reason,
      lastLines: this.log?.tail ?? [],
    }, { cause });
  }

  async #seeEnd(status: WaitStatus): Promise<void> {
    const { clock } = this.#birth.nursery;
    this.#undecided = status;
    this.#live.abort(whyNotLive());
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
    if (this.#state === "finished") this.#birth.told.finished();
    if (this.#state !== "failed") return;
    this.#failure = this.failureOf(fault?.problem, fault?.cause);
    this.#birth.told.failed(this.#failure);
  }

  #seePause({ kind, status }: WaitStatus): void {
    const { path, instance, process: { host: { model } } } = this;
    const by = kind === "stopped" ? SIGNAL_NAMES[status] ?? `signal ${status}` : undefined;
    model.tell({ kind: "service-paused", by, path, instance });
  }

  #isReady(): void {
    if (!this.#saysReady || this.#doubts.size > 0) return;
    const { nursery, noted } = this.#birth;
    if (!noted) this.#timeToReady ??= nursery.clock.now() - this.#started;
    this.#apply("ready");
  }

  #lose(error: Error): void {
    if (this.#hasLetGo) return;
    this.#live.abort(whyNotLive());
    this.#apply("lost");
    this.#over.reject(error);
  }

  #apply(event: LifeEvent, reason?: string): void {
    const before = this.#state;
    const state = after(before, event);
    if (state === before) return;
    this.#state = state;
    this.#reason = reason;
    if (state === "unready" || before === "unready") this.#birth.told.doubted(reason);
    const { path, instance, process: { status, host: { model } } } = this;
    if (!isOver(state)) {
      const why = reason === undefined ? {} : { reason };
      return model.tell({ kind: "service-changed", state, ...why, path, instance });
    }
    const { cause = "itself", swept = 0 }: Partial<WaitStatus> = status ?? {};
    const end = { status: status?.toString(), cause, swept };
    model.tell({ kind: "service-ended", state, end, path, instance });
  }
}
