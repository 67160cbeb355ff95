/** Running a system from a command line: until it fails, or somebody asks it to stop. */
import { Nursery } from "../nursery/mod.ts";

/** Exit statuses of a program that runs a system. */
export const EXIT = {
  /** It was asked to stop, and everything stopped in order. */
  STOPPED: 0,
  /** It failed. */
  FAILED: 1,
  /** The command line makes no sense, or names what is not there. */
  USAGE: 2,
  /** It is refused as things are. */
  REFUSED: 3,
  /** What was to be gone back from could not be. */
  NOT_BACK: 4,
  /** Another program has taken the system over. */
  SUPERSEDED: 5,
  /** What was waited for did not come in time. */
  LATE: 124,
  /** It was asked twice to stop; what ran was killed. */
  KILLED: 130,
} as const;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Who told a program to stop before its system ran. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor(signal: Deno.Signal) {
    super(`It was told to stop, by ${signal}, before it had changed anything`);
  }
}

/**
 * SIGINT, SIGTERM and SIGHUP as long as a program gets ready to run a system; a second one ends it at once.
 * {@linkcode runUntilStopped} has those that come later, and may begin while this is there.
 */
export class EarlySignals implements Disposable {
  readonly #told = new AbortController();
  readonly #listeners = SIGNALS.map((signal) => [signal, () => this.#tell(signal)] as const);

  constructor() {
    for (const [signal, listener] of this.#listeners) Deno.addSignalListener(signal, listener);
  }

  /** Aborted, with a {@linkcode StoppedError}, by the first. */
  get signal(): AbortSignal {
    return this.#told.signal;
  }

  #tell(signal: Deno.Signal): void {
    if (this.signal.aborted) Deno.exit(EXIT.KILLED);
    this.#told.abort(new StoppedError(signal));
  }

  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) Deno.removeSignalListener(signal, listener);
    this.#listeners.length = 0;
  }
}

/**
 * Runs a system until SIGINT, SIGTERM or SIGHUP; then cancels its nursery, so that services stop in
 * reverse order. A second signal ends the program at once, and with it, by the agents, everything else.
 *
 * @param say Takes lines for the operator. It is called when what it tells of is under way already, and
 *   what it throws changes nothing.
 * @param stopping Says by itself what the first signal means, in place of `say`; and may have what outlives the
 *   program go on, before the nursery is cancelled.
 * @returns Whether it was stopped by a signal; false if the system ended by itself.
 * @throws What the system failed with.
 */
export async function runUntilStopped(
  system: (nursery: Nursery) => Promise<void>,
  say: (line: string) => void,
  stopping: () => void = () => say("Stopping; once more to stop at once"),
): Promise<boolean> {
  const stop = new AbortController();
  const onSignal = () => {
    if (stop.signal.aborted) Deno.exit(EXIT.KILLED);
    try {
      stopping();
    } catch {
      // Whoever was to hear it has gone; the system stops in order all the same.
    }
    stop.abort(new Stopped());
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  try {
    await Nursery.run(system, { signal: stop.signal });
    return false;
  } catch (error) {
    if (error instanceof Stopped) return true;
    throw error;
  } finally {
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, onSignal);
  }
}

class Stopped extends Error {
  override readonly name = "Stopped";

  constructor() {
    super("The program was told to stop");
  }
}
