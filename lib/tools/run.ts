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
  /** Another program has taken the system over. */
  SUPERSEDED: 5,
  /** What was waited for did not come in time. */
  LATE: 124,
  /** It was asked twice to stop; what ran was killed. */
  KILLED: 130,
} as const;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs a system until SIGINT, SIGTERM or SIGHUP; then cancels its nursery, so that services stop in
 * reverse order. A second signal ends the program at once, and with it, by the agents, everything else.
 *
 * @param say Takes lines for the operator. It is called when what it tells of is under way already, and
 *   what it throws changes nothing.
 * @param letGo For a system that outlives the program: lets go of it at the first signal, before the nursery
 *   is cancelled, which then stops nothing of it any more.
 * @returns Whether it was stopped by a signal; false if the system ended by itself.
 * @throws What the system failed with.
 */
export async function runUntilStopped(
  system: (nursery: Nursery) => Promise<void>,
  say: (line: string) => void,
  letGo?: () => Promise<void>,
): Promise<boolean> {
  const stop = new AbortController();
  let lettingGo: Promise<void> | undefined;
  const onSignal = () => {
    if (stop.signal.aborted || lettingGo) Deno.exit(EXIT.KILLED);
    lettingGo = letGo?.().finally(() => stop.abort(new Stopped()));
    if (lettingGo) return;
    stop.abort(new Stopped());
    try {
      say("Stopping; once more to stop at once");
    } catch {
      // Whoever was to hear it has gone; the system stops in order all the same.
    }
  };
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
  try {
    await Nursery.run(system, { signal: stop.signal });
    return false;
  } catch (error) {
    if (error instanceof Stopped) return true;
    if (lettingGo === undefined) throw error;
    await lettingGo; // What fails once the system is let go of is not the system.
    return true;
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
