/** A plan: what a run would do, in the order of the code. */
import { createHash } from "node:crypto";

/** What is done with one thing. */
export type PlannedDeed =
  /** It stands, and is left alone. */
  | "keep"
  /** It stands, and another takes its place. */
  | "replace"
  /** A service is started. */
  | "start"
  /** A socket, a directory or a host is made, or got. */
  | "make"
  /** What is done once is done. */
  | "run"
  /** A service stands that is not asked for any more. */
  | "stop"
  /** The same of what is no service. */
  | "release";

/** One action. */
export interface PlannedAction {
  readonly deed: PlannedDeed;
  /** The full name, as "orders/orderd". */
  readonly path: string;
  /** What it is, in a word, as "service". */
  readonly kind: string;
  readonly host: string | undefined;
  /** The fields in which what is asked for is another than what stands, as "arguments". */
  readonly fields: readonly string[];
  /** Why it is done, a line for each reason. */
  readonly reasons: readonly string[];
}

/** Where a scope's part of a plan ends before its code does. */
export interface PlanSeal {
  /** The path of the scope. */
  readonly scope: string;
  /** What would be done there, as "write to /etc/hosts". */
  readonly what: string;
  /** File and line, as "components/orderd/mod.ts:41"; undefined if that is not known. */
  readonly place: string | undefined;
  /** What is written there instead where it is to outlive the program, if it would not: a line of code. */
  readonly instead?: string | undefined;
  /** What the code has failed with, if it has. */
  readonly cause?: unknown;
}

/** What a run would change. */
export class Plan {
  readonly actions: readonly PlannedAction[];
  /** What cannot be foreseen. */
  readonly seals: readonly PlanSeal[];

  constructor(actions: readonly PlannedAction[], seals: readonly PlanSeal[]) {
    this.actions = actions;
    this.seals = seals;
  }

  /** Whether all is known, and nothing would be changed. */
  get isEmpty(): boolean {
    return this.seals.length === 0 && this.changes.length === 0;
  }

  /** What is not left alone. */
  get changes(): readonly PlannedAction[] {
    return this.actions.filter(({ deed }) => deed !== "keep");
  }

  /** Equal for two plans that are equal. */
  get digest(): string {
    return createHash("sha256").update(JSON.stringify(this)).digest("hex");
  }

  toJSON(): { readonly actions: readonly PlannedAction[]; readonly seals: readonly PlanSeal[] } {
    const { actions, seals } = this;
    return { actions, seals: seals.map(({ cause: _, ...seal }) => seal) };
  }
}
