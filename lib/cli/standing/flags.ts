/** The options by which a command line means a system that stands. */
import { flagOf } from "../declare.ts";
import type { HostFlags } from "../flags.ts";
import type { Options } from "../options.ts";
import type { AnySystem } from "../system.ts";
import { UsageError } from "../usage_error.ts";
import { parseSystemName } from "./state.ts";

/** What every command has that is about one of the systems of a program. */
export const SYSTEM_OPTION: Options = {
  system: {
    kind: "parsed",
    value: "name",
    about: "which of this program's systems, where there are several; else that of its own name",
    parse: parseSystemName,
  },
};

/** Its value. */
export interface SystemFlags {
  readonly system?: string;
}

/** What `up` has besides. */
export const STANDING_OPTIONS: Options = {
  ...SYSTEM_OPTION,
  standing: { kind: "flag", about: "the system outlives this program; some topologies always do" },
  ifVacant: { kind: "flag", about: "take nothing over: end with status 3 if a program is there" },
  detach: { kind: "flag", about: "run in the background; return when all is ready" },
  plan: { kind: "flag", about: "print what it would change, and change nothing" },
  noPlan: { kind: "flag", about: "make no plan: change at once" },
  yes: { kind: "flag", about: "ask nothing: do what the plan says" },
  noReturn: { kind: "flag", about: "do not go back to the program before if the change fails" },
  after: {
    kind: "parsed",
    value: "generation",
    about: "only if no program of a later generation has come, as hosts check tells it",
    parse: parseGeneration,
  },
  confirm: {
    kind: "seconds",
    value: "seconds",
    about: "go back to the program before unless the change is confirmed in this time",
  },
};

/** Their values. */
export interface StandingFlags extends SystemFlags {
  readonly standing: boolean;
  readonly ifVacant: boolean;
  readonly detach: boolean;
  readonly plan: boolean;
  readonly noPlan: boolean;
  readonly yes: boolean;
  readonly noReturn: boolean;
  readonly after?: bigint;
  readonly confirm?: number;
}

/** A system that is to stand. */
export interface StandingSystem {
  readonly system: string;
  readonly mode: "take-over" | "if-vacant";
  /** The generation after which no program may have come. */
  readonly after?: bigint;
  /** The command line that stops it. */
  readonly down: string;
}

/** The name of the system that a command line means. */
export function systemNameOf({ name }: AnySystem, { system }: SystemFlags): string {
  return system ?? parseSystemName(name);
}

/**
 * How a system is to stand; nothing if it ends with its program.
 *
 * @throws {UsageError} If it does not stand, and the flags take for granted that it does.
 */
export function standingOf(
  system: AnySystem,
  flags: HostFlags & StandingFlags,
): StandingSystem | undefined {
  const { standing, ifVacant, after, topology } = flags;
  if (standing || system.topologies[topology]!.standing) {
    return {
      system: systemNameOf(system, flags),
      mode: ifVacant ? "if-vacant" : "take-over",
      ...(after !== undefined && { after }),
      down: `${system.name} down${flags.system === undefined ? "" : ` --system ${flags.system}`}`,
    };
  }
  const taken = ONLY.find((name) => flags[name] !== undefined && flags[name] !== false);
  if (taken === undefined) return undefined;
  throw new UsageError(
    `${flagOf(taken)} is for a system that outlives its program: add --standing`,
  );
}

/** What makes sense only for a system that stands. */
const ONLY = ["ifVacant", "detach", "confirm", "plan", "noReturn", "after"] as const;

function parseGeneration(text: string): bigint {
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new UsageError(`A generation is a whole number; not ${JSON.stringify(text)}.`);
}
