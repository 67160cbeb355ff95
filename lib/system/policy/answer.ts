/** What a policy answers to a failure: data, which says what is to be done and does nothing itself. */
import { checkDuration, type Milliseconds } from "../../clock/mod.ts";

/**
 * What is started anew: the one that failed, and what was given a value that is no longer equal ("one");
 * what was claimed after it, too ("rest"); all that is in the scope ("all").
 */
export type Extent = "one" | "rest" | "all";

/** Values by name: the arguments of a scope, or those of a choice. */
export type Arguments = Readonly<Record<string, unknown>>;

/** The scope is run again. */
export interface Again {
  readonly kind: "again";
  readonly what: Extent;
  /**
   * How long that waits. What failed is down meanwhile; what is unready runs on, and is left alone if it is
   * ready by then.
   */
  readonly after: Milliseconds;
  /** Other values for arguments of the scope; those that are not named stay. */
  readonly arguments: Arguments | undefined;
}

/** Somebody is asked, and the scope is held until he chooses. */
export interface Ask {
  readonly kind: "ask";
  readonly question: string;
  /** What can be chosen in a scope with these arguments. */
  choices(scope?: Arguments): readonly Choice[];
  /**
   * The answer of a choice.
   *
   * @param values What the choice takes.
   * @param scope The arguments of the scope.
   * @throws {ChoiceError} If there is no such choice, or it takes other values.
   */
  choose(label: string, values?: Arguments, scope?: Arguments): Answer;
}

/** What failed stays down; the rest goes on. */
export interface Leave {
  readonly kind: "leave";
}

/** The scope fails, and what is around it answers to that. */
export interface Fail {
  readonly kind: "fail";
  /** Why it is no use trying, in words; undefined if the failure itself says it. */
  readonly reason: string | undefined;
}

/** What is done about a failure. */
export type Answer = Again | Ask | Leave | Fail;

/** Something that can be chosen when a policy asks. */
export interface Choice {
  readonly label: string;
  /** What it does, in words. */
  readonly does: string;
  /** What it takes, with a sentence about each. */
  readonly takes: Readonly<Record<string, string>>;
  /** Whether it needs all that it takes, or at least one of it. */
  readonly needs: "all" | "some";
  /**
   * The answer that it stands for.
   *
   * @throws {ChoiceError} If it takes other values than these.
   */
  answer(values?: Arguments): Answer;
}

/** How the scope is run again. */
export interface AgainOptions {
  /**
   * What is started anew.
   *
   * @default "one"
   */
  what?: Extent;
  /**
   * How long that waits.
   *
   * @default 0
   */
  after?: Milliseconds;
  /** Other values for arguments of the scope; those that are not named stay. */
  arguments?: Arguments;
}

/**
 * The answer that runs the scope again.
 *
 * @throws {RangeError} If `after` is no duration.
 */
export function again(how: Extent | AgainOptions = {}): Again {
  const { what = "one", after = 0, arguments: values } = typeof how === "string"
    ? { what: how }
    : how;
  return { kind: "again", what, after: checkDuration("after", after), arguments: values };
}

/** The answer that leaves down what failed. */
export function leave(): Leave {
  return { kind: "leave" };
}

/**
 * The answer that fails the scope.
 *
 * @param reason Why it is no use trying.
 */
export function fail(reason?: string): Fail {
  return { kind: "fail", reason };
}
