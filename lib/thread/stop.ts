/** How a process is asked to stop, as data: the same for a process, for a service and for all of a host. */
import { SIG } from "../abi/mod.ts";
import { checkDuration, type Milliseconds, seconds } from "../clock/mod.ts";

/** How a process is stopped. Whatever is left of its tree when the grace is over gets SIGKILL. */
export interface StopOptions {
  /**
   * What it gets first, such as SIG.INT for PostgreSQL's fast shutdown or SIG.QUIT for nginx's graceful one.
   *
   * @default SIG.TERM
   */
  signal?: SIG;
  /**
   * How long it may take after that before it is killed; Infinity: for ever.
   *
   * @default 10 seconds
   */
  grace?: Milliseconds;
  /**
   * Whether its whole process group gets the signal; else it alone, for what stops its children itself and
   * would take their end for a failure.
   *
   * @default true
   */
  group?: boolean;
}

const GRACE = seconds(10);
const MOST_SIGNAL = 64;

/**
 * How a process is stopped, with nothing left open.
 *
 * @example
 * ```ts
 * import { ChildProcess, SIG, stopOf } from "bailiwick";
 *
 * async function stopBoth(first: ChildProcess, then: ChildProcess): Promise<void> {
 *   const stop = stopOf({ signal: SIG.INT });
 *   await ChildProcess.stop([[{ process: first, ...stop }], [{ process: then, ...stop }]]);
 * }
 * ```
 *
 * @throws {RangeError} If the signal is none, or the grace is no duration.
 */
export function stopOf(options: StopOptions = {}): Required<StopOptions> {
  const { signal = SIG.TERM, grace = GRACE, group = true } = options;
  checkDuration("stop.grace", grace);
  if (!Number.isInteger(signal) || signal < 1 || signal > MOST_SIGNAL) {
    throw new RangeError(
      `stop.signal must be a signal from 1 to ${MOST_SIGNAL}, such as SIG.INT, not ${signal}`,
    );
  }
  return { signal, grace, group };
}
