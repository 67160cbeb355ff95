/** What the kernel prefers: niceness, and whom it kills when memory is short. */
import { O } from "../abi/mod.ts";
import type { Batch } from "./batch.ts";

/** How much a service matters beside others. */
export interface PriorityOptions {
  /**
   * Its niceness, from -20 (more processor time) to 19 (less); setpriority(2). Only root may lower it.
   *
   * @default that of the thread
   */
  nice?: number;
  /**
   * How likely it is killed when the host is out of memory, from -1000 (never) to 1000 (first): proc(5),
   * oom_score_adj. Only root may lower it.
   *
   * @default that of the thread
   */
  oomScoreAdjust?: number;
}

const LOWER_SCORE = { EACCES: "to lower it takes CAP_SYS_RESOURCE, as root has" };

/** @throws {RangeError} If one is out of its range. */
export function checkPriority({ nice, oomScoreAdjust }: PriorityOptions): void {
  checkWithin("nice", nice, -20, 19);
  checkWithin("oomScoreAdjust", oomScoreAdjust, -1000, 1000);
}

function checkWithin(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= least && value <= most)) return;
  throw new RangeError(`${name} must be an integer from ${least} to ${most}, not ${value}`);
}

/** Gives the process its priority. */
export function addPriority(b: Batch, { nice, oomScoreAdjust }: PriorityOptions): void {
  if (nice !== undefined) b.setpriority(nice);
  if (oomScoreAdjust !== undefined) {
    const fd = b.open("/proc/self/oom_score_adj", O.WRONLY);
    const text = new TextEncoder().encode(`${oomScoreAdjust}`);
    const what = `set the OOM score adjustment ${oomScoreAdjust}`;
    b.call("write", [fd, b.bytes(text), text.length], { what, hints: LOWER_SCORE });
    b.close(fd);
  }
}
