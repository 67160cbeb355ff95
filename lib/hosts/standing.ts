/** Hosts that outlive the program. */
import type { AttachMode } from "../agent/mod.ts";

/** How a host outlives programs. */
export interface StandingOptions {
  /** The name of the system that it stands for: a host has one agent for each, and user. */
  readonly system: string;
  /**
   * Whether a program that is in charge of it is cut off, or this one refused while there is one; or whether this
   * one only looks, beside any other: it has {@linkcode Host.look}, and nothing else there is for it to use.
   *
   * @default "take-over"
   */
  readonly mode?: AttachMode;
}

const SYSTEM = /^[a-z0-9][a-z0-9._-]{0,62}$/;

/** @throws {RangeError} If no system can have that name. */
export function standingOf(
  standing: string | StandingOptions | undefined,
): Required<StandingOptions> | undefined {
  if (standing === undefined) return undefined;
  const { system, mode = "take-over" }: StandingOptions = typeof standing === "string"
    ? { system: standing }
    : standing;
  if (SYSTEM.test(system)) return { system, mode };
  throw new RangeError(
    `The name of a system has 1 to 63 of a-z, 0-9, ".", "_" and "-", and begins with one of the first two, ` +
      `not ${JSON.stringify(system)}`,
  );
}
