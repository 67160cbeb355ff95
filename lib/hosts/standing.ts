/** Hosts that outlive the program. */
import type { AttachMode } from "../agent/mod.ts";

/** How a host outlives programs. */
export interface StandingOptions {
  /** The name of the system that it stands for: a host has one agent for each, and user. */
  readonly system: string;
  /**
   * Whether a program that is in charge of it is cut off, or this one refused while there is one; or whether this
   * one only looks, beside any other: it has {@linkcode Host.look}, and nothing else there is for it to use.
   * With `plan` it is for {@linkcode planOf} alone: a host that ends with the program, and that what is planned
   * takes for one that stands.
   *
   * @default "take-over"
   */
  readonly mode?: AttachMode | "plan";
  /**
   * The generation after which no other program may have come: where one has, this one is refused with
   * {@linkcode SupersededError}.
   */
  readonly after?: bigint;
  /**
   * Whether an agent that stands there first goes on as the one that this program has, in place, with all that it
   * keeps. Where it is of another version of the protocol this happens by itself when it is taken over.
   *
   * @default false
   */
  readonly upgrade?: boolean;
}

/** How it comes to the agent of a host. */
export interface Coming extends Required<Omit<StandingOptions, "after">> {
  readonly after: bigint | undefined;
  /** The arguments of the agent that is sent. */
  readonly words: readonly string[];
}

const SYSTEM = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** @throws {RangeError} If no system can have that name. */
export function standingOf(
  standing: string | StandingOptions | undefined,
): Coming | undefined {
  if (standing === undefined) return undefined;
  const given: StandingOptions = typeof standing === "string" ? { system: standing } : standing;
  const { system, mode = "take-over", after, upgrade = false } = given;
  const words = mode === "plan" ? [] : ["standing", system, ...(upgrade ? ["upgrade"] : [])];
  if (SYSTEM.test(system)) return { system, mode, after, upgrade, words };
  throw new RangeError(
    `The name of a system has 1 to 63 of a-z, 0-9, ".", "_" and "-", and begins with one of the first two, ` +
      `not ${JSON.stringify(system)}`,
  );
}
