/**
 * Trying again and again. A try begins when the one before it is over, and never sooner after its begin than
 * the interval says.
 */
import { SyscallError } from "../../agent/mod.ts";
import { type Milliseconds, seconds } from "../../clock/mod.ts";
import { ServiceNotReadyError } from "../../thread/mod.ts";
import type { Probe } from "./readiness.ts";
import type { Told } from "./told.ts";
import { tryOnce } from "./try.ts";
import { TryError, type Trying } from "./trying.ts";

const TIMEOUT = seconds(1);
const READY_INTERVAL: Milliseconds = 50;
const HEALTH_INTERVAL = seconds(5);
const HEALTH_TRIES = 3;

/** Tries a probe on one service. */
export class Prober {
  readonly #probe: Probe;
  readonly #trying: Omit<Trying, "timeout">;
  #last: string | undefined;

  constructor(probe: Probe, trying: Omit<Trying, "timeout">) {
    this.#probe = probe;
    this.#trying = trying;
  }

  /** What the last try got that failed. */
  get last(): string | undefined {
    return this.#last;
  }

  /**
   * Settles when a try has succeeded.
   *
   * @throws {ServiceNotReadyError} If as many have failed as may.
   */
  async untilReady(): Promise<void> {
    const { interval = READY_INTERVAL, tries = Infinity } = this.#probe;
    for await (const failures of this.#tries(interval)) {
      if (failures === 0) return;
      if (failures < tries) continue;
      const { service: name, thread: { host } } = this.#trying;
      const count = `${tries} ${tries === 1 ? "try" : "tries"}`;
      const problem = `was not ready after ${count}, the last of which got: ${this.#last}`;
      throw new ServiceNotReadyError({ name, host }, problem);
    }
  }

  /** Tells what comes of the service that is ready, until the signal ends it. */
  async keep(told: Told): Promise<void> {
    const { interval = HEALTH_INTERVAL, tries = HEALTH_TRIES } = this.#probe;
    await this.#pause(interval);
    for await (const failures of this.#tries(interval)) {
      if (failures === 0) told.seenReady("probe");
      if (failures === tries) told.seenUnready("probe", this.#last!);
    }
  }

  /** Each try, as the number of those that have failed in succession. */
  async *#tries(interval: Milliseconds): AsyncGenerator<number> {
    const { clock } = this.#trying;
    for (let failures = 0;;) {
      const begin = clock.now();
      failures = await this.#succeeds() ? 0 : failures + 1;
      yield failures;
      await this.#pause(begin + interval - clock.now());
    }
  }

  async #succeeds(): Promise<boolean> {
    const { timeout = TIMEOUT } = this.#probe;
    try {
      await tryOnce(this.#probe, { ...this.#trying, timeout });
      return true;
    } catch (error) {
      this.#trying.signal.throwIfAborted();
      if (!(error instanceof TryError || error instanceof SyscallError)) throw error;
      this.#last = error.message;
      return false;
    }
  }

  async #pause(duration: Milliseconds): Promise<void> {
    const { clock, signal } = this.#trying;
    await clock.sleep(duration, { signal });
  }
}
