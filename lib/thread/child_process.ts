/** Processes on a host, as seen by whoever waits for them. */
import { SIG, SIGNAL_NAMES } from "../abi/mod.ts";
import { type AgentConnection, SyscallError } from "../agent/mod.ts";
import type { ChildEvent } from "../wire/mod.ts";
import type { Command } from "./command.ts";
import type { HostInfo } from "./host_info.ts";
import type { ServiceLog } from "./service_log.ts";

/** How a process stopped, went on or ended, as waitid(2) says it. */
export class WaitStatus {
  readonly kind: ChildEvent["kind"];
  /** The exit status, or the number of the signal. */
  readonly status: number;
  /** Milliseconds of processor time in user mode, when it ended. */
  readonly userTime: number;
  /** Milliseconds of processor time in the kernel, when it ended. */
  readonly systemTime: number;
  /** KiB of memory at the most, when it ended. */
  readonly maxRss: number;

  constructor(event: ChildEvent) {
    this.kind = event.kind;
    this.status = event.status;
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
  readonly command: Command;
  readonly log: ServiceLog | undefined;
  /** `performance.now()` when it was executed. */
  readonly startedAt: number;
}

const ESRCH = 3;

interface Waiter {
  readonly kinds: readonly ChildEvent["kind"][];
  readonly resolve: (status: WaitStatus) => void;
  readonly reject: (error: Error) => void;
}

/** A process of an agent: a thread, and after `exec` the service that it became. */
export class ChildProcess {
  readonly host: HostInfo;
  readonly pid: number;
  readonly #connection: AgentConnection;
  readonly #thread: number;
  readonly #ended = Promise.withResolvers<WaitStatus>();
  #waiters: Waiter[] = [];
  #status: WaitStatus | undefined;
  #execution: Execution | undefined;
  #ready: Promise<void> = Promise.resolve();

  constructor(host: HostInfo, connection: AgentConnection, thread: number, pid: number) {
    this.host = host;
    this.pid = pid;
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
    return this.#ready;
  }

  /**
   * Waits until the process has ended.
   *
   * @throws {HostLostError} If the host is lost first.
   */
  wait(options: { signal?: AbortSignal | undefined } = {}): Promise<WaitStatus> {
    return abortable(this.#ended.promise, options.signal);
  }

  /** waitid(2): waits for the next change of one of these kinds, or for the end. */
  waitFor(
    kinds: readonly ChildEvent["kind"][],
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<WaitStatus> {
    if (this.#status) return Promise.resolve(this.#status);
    const { promise, resolve, reject } = Promise.withResolvers<WaitStatus>();
    this.#waiters.push({ kinds, resolve, reject });
    return abortable(promise, options.signal);
  }

  /**
   * Sends a signal; to its whole process group when `group` and it leads one.
   *
   * @throws {SyscallError} ESRCH if it has ended.
   */
  async kill(signal: SIG, options: { group?: boolean } = {}): Promise<void> {
    // The number of a process that has ended may be another's by now.
    if (this.#status) {
      const what = `send signal ${signal}`;
      throw new SyscallError({ syscall: "kill", errno: ESRCH, what, host: this.host.name });
    }
    await this.#connection.signal(this.#thread, signal, options.group ?? false);
  }

  /**
   * Ends it: SIGTERM (and SIGCONT), and SIGKILL when it is still there after `grace` milliseconds.
   * Does nothing if it has ended.
   */
  async terminate(grace: number): Promise<WaitStatus> {
    if (this.#status) return this.#status;
    const expired = AbortSignal.timeout(grace);
    try {
      await this.#tryKill(SIG.TERM);
      await this.#tryKill(SIG.CONT);
      return await this.wait({ signal: expired });
    } catch (error) {
      if (!expired.aborted) throw error;
      await this.#tryKill(SIG.KILL);
      return await this.wait();
    }
  }

  /** Kills the process, and settles when it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#status || this.host.lost) return;
    await this.#tryKill(SIG.KILL);
    await this.wait();
  }

  /** For the thread: an event of the process came. */
  notify(event: ChildEvent): void {
    const status = new WaitStatus(event);
    if (status.isEnd) {
      this.#status = status;
      this.#ended.resolve(status);
    }
    const wakes = ({ kinds }: Waiter) => status.isEnd || kinds.includes(status.kind);
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => !wakes(waiter));
    for (const waiter of waiters) if (wakes(waiter)) waiter.resolve(status);
  }

  /** For the thread: the host was lost, so how the process ended will never be known. */
  lose(error: Error): void {
    this.#ended.reject(error);
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error);
  }

  /** For the thread: it executed a command. */
  executed(execution: Execution, ready: Promise<void>): void {
    this.#execution = execution;
    this.#ready = ready;
    ready.catch(() => {});
  }

  async #tryKill(signal: number): Promise<void> {
    await this.kill(signal).catch((error) => {
      if (!this.#status && !this.host.lost && error.code !== "ESRCH") throw error;
    });
  }
}

/** The promise, or the reason of `signal` if that comes first. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() =>
    signal.removeEventListener("abort", onAbort)
  );
}
