/** Processor time as it was read at some moment. */
import type { Milliseconds } from "../clock/mod.ts";

/** A tick of the times in /proc, USER_HZ: a hundredth of a second for all that Linux tells programs. */
export const TICK: Milliseconds = 10;

/** How much processor time something had had at a moment. */
export class CpuReading {
  /** When it was read, by the host's own clock: since that was started. */
  readonly time: Milliseconds;
  /** Processor time until then, in user mode and in the kernel, of all processors together. */
  readonly cpuTime: Milliseconds;

  /** @param ticks The processor time in USER_HZ. */
  constructor(uptime: string, ticks: number) {
    this.time = Number.parseFloat(uptime) * 1000;
    this.cpuTime = ticks * TICK;
  }

  /**
   * How many processors were busy with it since an earlier reading, on average: 0.5 is half of one. The times
   * are in hundredths of a second, so readings should be a second apart or more.
   */
  cpusSince(earlier: CpuReading): number {
    const passed = this.time - earlier.time;
    return passed > 0 ? (this.cpuTime - earlier.cpuTime) / passed : 0;
  }
}
