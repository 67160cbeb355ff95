/**
 * Who is in charge of hosts that outlive programs. A program has one number, its generation, for all of its hosts:
 * the higher one cuts the lower off. It is the time at which the program first attaches, in milliseconds
 * since 1970, so that the program that was started last wins everywhere; where a host has seen a higher one,
 * since a clock was set back, it is one more than that.
 */
import { ATTACH } from "../wire/mod.ts";

/** How a program comes to a host that outlives it. */
export type AttachMode =
  /** It cuts a program of a lower generation off. */
  | "take-over"
  /** It comes only if no program is there. */
  | "if-vacant"
  /** It sees what stands, and changes nothing; any number may. */
  | "look";

export const MODES: Readonly<Record<AttachMode, number>> = {
  "take-over": ATTACH.TAKE_OVER,
  "if-vacant": ATTACH.IF_VACANT,
  "look": ATTACH.LOOK,
};

/** One program's. */
export class Tenure {
  /** Random, of this program's process. */
  readonly program: Uint8Array = crypto.getRandomValues(new Uint8Array(16));
  readonly #now: () => number;
  #generation: bigint | undefined;

  /** @param now Milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The generation, chosen when it is asked for first; higher than the one that a host has seen last. */
  generation(seen: bigint): bigint {
    return this.#generation ??= max(BigInt(Math.floor(this.#now())), seen + 1n);
  }
}

/** That of this program. */
export const ownTenure: Tenure = new Tenure();

function max(one: bigint, other: bigint): bigint {
  return one > other ? one : other;
}
