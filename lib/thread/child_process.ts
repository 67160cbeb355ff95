/** Processes on a host, as seen by whoever waits for them. */
import { SIG, SIGNAL_NAMES } from "../abi/mod.ts";
import { type AgentConnection, SyscallError } from "../agent/mod.ts";
import { abortable, type Milliseconds, systemClock, within } from "../clock/mod.ts";
import type { ChildEvent } from "../wire/mod.ts";
import type { Command } from "./command.ts";
import type { HostInfo } from "./host_info.ts";
import type { ProcessStats } from "./process_stats.ts";
import type { ServiceLog } from "./service_log.ts";
import { stopOf, type StopOptions } from "./stop.ts";

/** How a process stopped, went on or ended, as waitid(2) says it. */
export class WaitStatus {
  readonly kind: ChildEvent["kind"];
  /** The exit status, or the number of the signal. */
  readonly status: number;
  /** When it ended: milliseconds of the host's CLOCK_BOOTTIME. */
  readonly time: number;
  /** Whether it ended by itself, as it was asked to, or was killed when its grace was over. */
  readonly cause: ChildEvent["cause"];
  /** Processes of its tree that it left, and that were killed with it. */
  readonly swept: number;
  /** Milliseconds of processor time in user mode, when it ended. */
  readonly userTime: number;
  /** Milliseconds of processor time in the kernel, when it ended. */
  readonly systemTime: number;
  /** KiB of memory at the most, when it ended. */
  readonly maxRss: number;

  constructor(event: ChildEvent) {
    this.kind = event.kind;
    this.status = event.status;
    this.time = event.time;
    this.cause = event.cause;
    this.swept = event.swept;
    this.userTime = event.userTime / 1000;
    this.systemTime = event.systemTime / 1000;
    this.maxRss = event.maxRss;
  }

  /** Whether the process ended. */
  get isEnd(): boolean {
    return this.kind !== "stopped" && this.kind !== "continued";
  }

  /** Whether it exited with status 0. */
  get isClean(): boolean {
    return this.kind === "exited" && this.status === 0;
  }

  toString(): string {
    if (this.kind === "exited") return `exited with status ${this.status}`;
    const signal = SIGNAL_NAMES[this.status] ?? `signal ${this.status}`;
    if (this.kind === "dumped") return `killed by ${signal} (core dumped)`;
    return this.kind === "killed" ? `killed by ${signal}` : `${this.kind} by ${signal}`;
  }
}

/** What a process became when it executed a command. */
export interface Execution {
  readonly name: string;
  /** Undefined if an earlier program executed it. */
  readonly command: Command | undefined;
  readonly log: ServiceLog | undefined;
  /** Whether it is to say when it is ready. */
  readonly saysReady: boolean;
}

/** Told at once, before anything else can happen, when a process ends. What it throws is not caught. */
export interface EndListener {
  ended(status: WaitStatus): void;
  /** It was stopped by a signal, or goes on. */
  paused?(status: WaitStatus): void;
  lost(error: Error): void;
}

const ESRCH = 3;
/** How long the rest of a process's output is waited for, when it has ended. */
const OUTPUT_PATIENCE: Milliseconds = 1000;

/** What has nothing to wait for. */
const NOTHING: Promise<void> = Promise.resolve();

/** What settles when a service says how far it is. */
export interface Readying {
  readonly prepared: Promise<void>;
  readonly ready: Promise<void>;
}

interface Waiter {
  readonly kinds: readonly ChildEvent["kind"][];
  readonly resolve: (status: WaitStatus) => void;
  readonly reject: (error: Error) => void;
}

/** A process of an agent: a thread, and after `exec` the service that it became. */
export class ChildProcess {
  readonly host: HostInfo;
  readonly pid: number;
  /** Random: which process this is, of all that ever have its pid. */
  readonly instance: bigint;
  readonly #connection: AgentConnection;
  readonly #thread: number;
  readonly #ended = Promise.withResolvers<WaitStatus>();
  #waiters: Waiter[] = [];
  #listener: EndListener | undefined;
  #status: WaitStatus | undefined;
  #lost: Error | undefined;
  /** Whether it was killed on purpose. */
  #isDisposed = false;
  #execution: Execution | undefined;
  #cleaned = NOTHING;
  #measure: (() => Promise<ProcessStats | undefined>) | undefined;
  #reason: string | undefined;
  #ready: Readying = { ready: NOTHING, prepared: NOTHING };

  constructor(
    host: HostInfo,
    connection: AgentConnection,
    thread: number,
    { pid, instance }: { readonly pid: number; readonly instance: bigint },
  ) {
    this.host = host;
    this.pid = pid;
    this.instance = instance;
    this.#connection = connection;
    this.#thread = thread;
    this.#ended.promise.catch(() => {});
  }

  /** The name of the service, or of the thread. */
  get name(): string {
    return this.#execution?.name ?? `thread ${this.pid}`;
  }

  /** What it runs, once it executed something. */
  get execution(): Execution | undefined {
    return this.#execution;
  }

  /** The service's output, if it is captured. */
  get log(): ServiceLog | undefined {
    return this.#execution?.log;
  }

  /** Why it was ended, if the host knows more than its status says: as that its memory was at its limit. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** Settles when it has ended and what it had of the host, such as a control group, has been removed. */
  get cleaned(): Promise<void> {
    return this.#cleaned;
  }

  /** How it ended, if it has. */
  get status(): WaitStatus | undefined {
    return this.#status;
  }

  /**
   * Settles when the service says that it is ready, by a byte on the descriptor that `exec` named; at
   * once for a service that does not.
   *
   * @throws {ServiceNotReadyError} If it closed the descriptor or ended without saying so.
   */
  get ready(): Promise<void> {
    return this.#ready.ready;
  }

  /** Settles when the service says that it is prepared or ready: see `prepares` of {@linkcode ExecOptions}. */
  get prepared(): Promise<void> {
    return this.#ready.prepared;
  }

  /**
   * Waits until the process has ended and its output is there. When others have the output open, such as
   * a child that it left behind, that is waited for one second more.
   *
   * @throws {HostLostError} If the host is lost first.
   * @throws The reason of `signal`, when that is aborted first. The process goes on.
   */
  wait(options: { signal?: AbortSignal | undefined } = {}): Promise<WaitStatus> {
    return abortable(this.#endWithOutput(), options.signal);
  }

  /**
   * What it and all processes of its tree use now, as its host's /proc tells; undefined if it has ended. Some
   * round trips. What it used in all is told when it has ended: see {@linkcode WaitStatus}.
   *
   * @throws {HostLostError} If the host is lost first.
   */
  async stats(): Promise<ProcessStats | undefined> {
    const stats = this.#status ? undefined : await this.#measure?.();
    return this.#status ? undefined : stats;
  }

  /**
   * waitid(2): waits for the next change of one of these kinds, or for the end.
   *
   * @throws {HostLostError} If the host is lost first.
   * @throws The reason of `signal`, when that is aborted first.
   */
  async waitFor(
    kinds: readonly ChildEvent["kind"][],
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<WaitStatus> {
    if (this.#status) return this.#status;
    if (this.#lost) throw this.#lost;
    const { promise, resolve, reject } = Promise.withResolvers<WaitStatus>();
    const waiter = { kinds, resolve, reject };
    this.#waiters.push(waiter);
    try {
      return await abortable(promise, options.signal);
    } finally {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
    }
  }

  /**
   * Sends a signal; to its whole process group when `group` and it leads one.
   *
   * @throws {SyscallError} ESRCH if it has ended.
   */
  async kill(signal: SIG, options: { group?: boolean } = {}): Promise<void> {
    const what = `send ${SIGNAL_NAMES[signal] ?? `signal ${signal}`} to ${this.name}`;
    // The number of a process that has ended may be another's by now.
    if (this.#status) {
      throw new SyscallError({ syscall: "kill", errno: ESRCH, what, host: this.host.name });
    }
    await this.#connection.signal(this.#thread, signal, options.group ?? false, what);
  }

  /**
   * Ends it and all that is left of its process tree: a signal (and SIGCONT) to its process group, when it
   * leads one, and SIGKILL when it is still there after a grace. Does nothing if it has ended. What is
   * ended so has not failed, whatever its status: see {@linkcode WaitStatus.cause}.
   *
   * @throws {HostLostError} If the host is lost first.
   * @throws {RangeError} If the signal is none, or the grace is no duration.
   */
  async terminate(options: StopOptions = {}): Promise<WaitStatus> {
    const stop = { process: this, ...stopOf(options) };
    if (!this.#status) await ChildProcess.stop([[stop]]);
    return await this.wait();
  }

  /**
   * Ends processes of one host as {@linkcode ChildProcess.terminate} does, by one request: those of a level
   * together, each level when all of the one before have ended. Settles when all have ended.
   *
   * @throws {HostLostError} If the host is lost first.
   */
  static async stop(levels: readonly (readonly Stop[])[]): Promise<void> {
    const alive = levels.map((level) => level.filter(({ process }) => !process.#status))
      .filter((level) => level.length > 0);
    const first = alive[0]?.[0];
    if (!first) return;
    await first.process.#connection.stop(
      alive.map((level) =>
        level.map(({ process, signal, grace, group }) => ({
          thread: process.#thread,
          ...{ signal, grace, alone: !group },
        }))
      ),
    );
  }

  /** Has its host keep this with it, at most 4 KiB, for whoever looks what stands there. */
  note(bytes: Uint8Array): void {
    if (!this.#status) this.#connection.note(this.#thread, bytes);
  }

  /** Has it stay on its host, which stands, when the program goes. */
  async keep(note: Uint8Array): Promise<void> {
    this.note(note);
    await this.#connection.keep(this.#thread, this.instance, this.log?.stream);
  }

  /** Kills the process, and settles when it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#status || this.host.lost) return;
    this.#isDisposed = true;
    await this.#tryKill(SIG.KILL);
    await this.#ended.promise;
  }

  /** Calls back when it ends; at once if it has. There is one who is called. */
  onEnd(listener: EndListener): void {
    if (this.#listener) throw new TypeError(`${this.name} is watched already`);
    this.#listener = listener;
    if (this.#status) listener.ended(this.#status);
    else if (this.#lost) listener.lost(this.#lost);
  }

  /** For the library: an event of the process came. */
  notify(event: ChildEvent): void {
    const status = new WaitStatus(this.#isDisposed ? { ...event, cause: "forced" } : event);
    if (status.isEnd) {
      this.#status = status;
      this.#listener?.ended(status);
      this.#ended.resolve(status);
    } else {
      this.#listener?.paused?.(status);
    }
    const wakes = ({ kinds }: Waiter) => status.isEnd || kinds.includes(status.kind);
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => !wakes(waiter));
    for (const waiter of waiters) if (wakes(waiter)) waiter.resolve(status);
  }

  /** For the library: the host was lost, so how the process ended will never be known. */
  lose(error: Error): void {
    this.#lost = error;
    this.#listener?.lost(error);
    this.#ended.reject(error);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  /** For the library: it executed a command. */
  executed(execution: Execution): void {
    this.#execution = execution;
  }

  /** For the library: how it is found out what it uses. */
  measureWith(measure: () => Promise<ProcessStats | undefined>): void {
    this.#measure = measure;
  }

  /** For the library: what is done when it has ended; it may find why that was. */
  cleanWith(clean: (status: WaitStatus) => Promise<string | undefined>): void {
    this.#cleaned = this.#ended.promise.then(clean).then((reason) => {
      this.#reason = reason;
    }).catch(() => {}); // The host was lost, and the process with it.
  }

  /** For the library: what settles when the service says that it is ready. */
  readyWith(ready: Readying): void {
    this.#ready = ready;
  }

  async #endWithOutput(): Promise<WaitStatus> {
    const status = await this.#ended.promise;
    await this.#cleaned;
    if (this.log) await within(systemClock, OUTPUT_PATIENCE, this.log.ended);
    return status;
  }

  async #tryKill(signal: number): Promise<void> {
    await this.kill(signal).catch((error) => {
      if (!this.#status && !this.host.lost && error.code !== "ESRCH") throw error;
    });
  }
}

/** One process that is to be stopped, and how. */
export interface Stop extends Readonly<Required<StopOptions>> {
  readonly process: ChildProcess;
}
