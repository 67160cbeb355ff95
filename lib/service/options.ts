/** How services are started and watched, as data. */
import type { Milliseconds } from "../clock/mod.ts";
import type { SpawnOptions, StopOptions } from "../thread/mod.ts";
import type { Probe, Readiness } from "./readiness/readiness.ts";

/** How a service is watched. */
export interface MonitorOptions {
  /**
   * How it is stopped: which signal it gets, whether its process group gets it, and how long it may take.
   *
   * @example
   * ```ts
   * import { Command, type Nursery, seconds, SIG, startService, type Thread } from "bailiwick";
   *
   * function startPostgres(nursery: Nursery, thread: Thread) {
   *   const stop = { signal: SIG.INT, grace: seconds(30) }; // its fast shutdown
   *   return startService(nursery, thread, new Command("postgres"), { stop });
   * }
   * ```
   */
  stop?: StopOptions;
  /** Where it can be reached; it is shown, and those that are given it may use the service. */
  address?: string;
  /**
   * What it was given of other services: what their start functions returned, addresses, paths. Those stop
   * after it. Without it, it may have used every service that was ready before its start was called.
   */
  uses?: readonly unknown[];
}

/** How a service is started. */
export interface StartOptions extends Omit<SpawnOptions, "ready">, MonitorOptions {
  /**
   * How long it may take to be ready; it is stopped when that is over.
   *
   * @default 1 minute
   */
  readyTimeout?: Milliseconds;
  /**
   * By what it is known as ready: the number of a descriptor on which it writes a byte, or one of
   * {@linkcode sdNotify}, {@linkcode logLine}, {@linkcode tcp}, {@linkcode http}, {@linkcode command}. A
   * service without any is `running`, and never `ready`.
   */
  ready?: number | Readiness;
  /**
   * What it is asked from then on: when as many tries have failed as may, it is `unready`, and `ready` again
   * with the first that succeeds. That it is unready has no other consequence.
   *
   * @default the probe that `ready` is; false: none
   */
  health?: Probe | false;
  /**
   * What is done only if it is started, before it is: not when one that stands is adopted by a scope, see
   * {@linkcode supervise}.
   *
   * @example
   * ```ts
   * import { Command, type Nursery, startService, type Thread } from "bailiwick";
   *
   * function startWeb(nursery: Nursery, thread: Thread) {
   *   const before = async () => void await thread.run(new Command("nginx", ["-t"]));
   *   return startService(nursery, thread, new Command("nginx", ["-g", "daemon off;"]), { before });
   * }
   * ```
   */
  before?: () => Promise<void>;
  /**
   * How it is replaced in a scope: the old one is stopped first, or the new one is started beside it.
   *
   * @default "stop-first"
   */
  replace?: "stop-first" | Overlap;
  /**
   * Whether it is to end by itself: then its end with status 0 is no failure in a scope, and it is not started
   * again until what it is started from changes.
   *
   * @default false
   */
  finite?: boolean;
  /**
   * Whether its end with status 0 ends its scope: all else in that is stopped. It is `finite` then.
   *
   * @default false
   */
  significant?: boolean;
}

/**
 * The new one is started while the old one serves, on the same socket; then the old one is told to end, and
 * finishes what it has begun. If the new one does not become ready, the old one was never touched.
 */
export interface Overlap {
  /**
   * When the old one is told to end: as soon as the new one is ready; or is prepared, if only one of them can
   * be ready: it has loaded all, and waits for what the old one holds, such as a lock. It says so on its ready
   * descriptor, by the byte `p` before that of readiness.
   */
  readonly overlap: "ready" | "prepared";
  /**
   * How the old one is told, and how long it may take.
   *
   * @default as it is stopped
   */
  readonly drain?: StopOptions;
}
