/** Services, as those who use them see them. */
import type { SIG } from "../abi/mod.ts";
import type { Milliseconds } from "../clock/mod.ts";
import type { ServiceIdentity, ServiceState } from "../model/mod.ts";
import type {
  ChildProcess,
  ProcessStats,
  ServiceLog,
  StopOptions,
  WaitStatus,
} from "../thread/mod.ts";

/**
 * A process that a nursery watches. In a scope, see {@linkcode supervise}, it is the thing of its name,
 * whichever process that is at the moment.
 */
export interface Service extends ServiceIdentity {
  readonly host: string;
  /**
   * The process that it is now. A value that holds it is another after each restart: what is given that value
   * in `uses` follows.
   */
  readonly process: ChildProcess;
  readonly pid: number;
  readonly command: string;
  /** Where it can be reached. */
  readonly address: string | undefined;
  readonly state: ServiceState;
  /** How it ended, if it has. */
  readonly status: WaitStatus | undefined;
  /** Its output, if it is captured. */
  readonly log: ServiceLog | undefined;
  /** How it says that it is: its last STATUS of sd_notify(3). */
  readonly says: string | undefined;
  /** Why it is `unready`. */
  readonly reason: string | undefined;
  /** From its start until it was ready; undefined if it was not, or nothing says when it is. */
  readonly timeToReady: Milliseconds | undefined;
  /**
   * Settles when it is ready for the first time; at once if nothing says when it is.
   *
   * @throws {ServiceNotReadyError} If it will not be.
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
   * What it and all processes of its tree use now; undefined if it has ended.
   *
   * @example
   * ```ts
   * import type { Service } from "bailiwick";
   *
   * async function show(service: Service): Promise<void> {
   *   const { processes, rss, cpuTime } = await service.stats() ?? {};
   *   console.log(`${service.path}: ${processes} processes, ${rss} bytes, ${cpuTime} ms`);
   * }
   * ```
   *
   * @throws {HostLostError} If its host is lost first.
   */
  stats(): Promise<ProcessStats | undefined>;
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
