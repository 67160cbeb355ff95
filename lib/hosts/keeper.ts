/**
 * The first keeper of an agent on this machine, as its parent sees it: waiting for it has an end.
 *
 * Once its stream has ended an agent ends by itself, and its keepers with it. Somebody may have stopped
 * any of them: they are told to go on. Then, much later, since ending what runs may take its time, the
 * process below is killed, so that the keeper does its work; and last the keeper, after which the kernel
 * alone ends what is left of threads, and a service that ignores its parent's death may stay.
 *
 * A process is signalled only while it has not been waited for: so long the number is its own.
 */
import { type Milliseconds, systemClock, within } from "../clock/mod.ts";
import { ffi } from "./ffi.ts";

type Step = readonly [after: Milliseconds, signal: Deno.Signal, who: "both" | "below" | "keeper"];

const STEPS: readonly Step[] = [
  [1000, "SIGCONT", "both"],
  [29_000, "SIGKILL", "below"],
  [30_000, "SIGKILL", "keeper"],
];

/** The process that was launched. */
export class Keeper {
  readonly #pid: number;
  #over = false;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /** Settles when it has ended, which it is made to in the end; nobody else waits for it. */
  async reap(): Promise<void> {
    const ended = Promise.resolve(ffi().bw_wait(this.#pid, new Int32Array(1)))
      .then(() => void (this.#over = true));
    for (const [after, signal, who] of STEPS) {
      if (await within(systemClock, after, ended)) return;
      if (who !== "keeper") { for (const pid of this.#children()) trySignal(pid, signal); }
      if (who !== "below") this.#signal(signal);
    }
    await ended;
  }

  /** Ends it at once, if it has not ended. */
  kill(): void {
    this.#signal("SIGKILL");
  }

  #signal(signal: Deno.Signal): void {
    if (!this.#over) trySignal(this.#pid, signal);
  }

  /** What is below it; what the keeper has not waited for has its number still. */
  #children(): number[] {
    try {
      const list = Deno.readTextFileSync(`/proc/${this.#pid}/task/${this.#pid}/children`);
      return list.split(" ").filter(Boolean).map(Number);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return []; // It has ended, or the kernel does not list them.
      throw error;
    }
  }
}

function trySignal(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
  }
}
