/**
 * Questions to operators, as the restarts of Lisp: what can be chosen is values, which a program, a test, a
 * command line and a page show and answer alike. Rules:
 *
 * - A choice is checked before it is answered: one that takes other values changes nothing.
 * - A choice that takes the arguments of the scope is offered only where the scope has some.
 */
import type { Answer, Arguments, Ask, Choice, Extent } from "./answer.ts";
import { again, fail, leave } from "./answer.ts";
import { nearest } from "./nearest.ts";

/** A choice that is more than its answer. */
export interface ChoiceOptions {
  /** What it does, in words. */
  readonly does: string;
  /**
   * What it takes, with a sentence about each; "arguments" are those of the scope, of which it needs at
   * least one.
   *
   * @default {}
   */
  readonly takes?: Readonly<Record<string, string>> | "arguments";
  /** The answer; gets a value for each name that it takes. */
  answer(values: Arguments): Answer;
}

/** What can be chosen, by its label. */
export type Choices = Readonly<Record<string, Answer | ChoiceOptions>>;

/**
 * A choice was made that is not offered, or with other values than it takes.
 *
 * @example
 * ```ts
 * import { type Answer, type Ask, ChoiceError } from "bailiwick";
 *
 * function answer(question: Ask, label: string): Answer | undefined {
 *   try {
 *     return question.choose(label);
 *   } catch (error) {
 *     if (!(error instanceof ChoiceError)) throw error;
 *     console.error(error.message); // It says what can be chosen.
 *   }
 * }
 * ```
 */
export class ChoiceError extends Error {
  override readonly name = "ChoiceError";
}

/**
 * The answer that holds the scope until somebody chooses.
 *
 * @param choices What can be chosen.
 * @default to run the scope again, also with other arguments, to leave it, and to let it fail
 * @throws {RangeError} If there is nothing to choose.
 *
 * @example
 * ```ts
 * import { again, ask, leave } from "bailiwick";
 *
 * const answer = ask("The database is damaged", {
 *   retry: again(),
 *   "other-database": {
 *     does: "starts with a copy of the database",
 *     takes: { path: "where the copy is" },
 *     answer: ({ path }) => again({ arguments: { database: path } }),
 *   },
 *   leave: leave(),
 * });
 * answer.choose("other-database", { path: "/srv/copy.db" });
 * ```
 */
export function ask(question: string, choices: Choices = usualChoices()): Ask {
  const offered = Object.entries(choices);
  if (offered.length === 0) throw new RangeError(`Nothing to choose is offered: ${question}`);
  const choicesIn = (scope: Arguments = {}) =>
    offered.flatMap(([label, choice]) => offer(label, choice, scope));
  return {
    kind: "ask",
    question,
    choices: choicesIn,
    choose: (label, values, scope) => find(choicesIn(scope), label).answer(values),
  };
}

/** What can be chosen where a policy names nothing. */
export function usualChoices(what: Extent = "one"): Choices {
  return {
    again: again(what),
    "again-with": {
      does: `${inWords(again(what))}, with other arguments`,
      takes: "arguments",
      answer: (values) => again({ what, arguments: values }),
    },
    leave: leave(),
    fail: fail(),
  };
}

function offer(label: string, choice: Answer | ChoiceOptions, scope: Arguments): Choice[] {
  if ("kind" in choice) {
    return [make(label, { does: inWords(choice), answer: () => choice }, {}, "all")];
  }
  if (choice.takes !== "arguments") return [make(label, choice, choice.takes ?? {}, "all")];
  const takes = Object.keys(scope).map((name) => [name, "instead of what the scope was given"]);
  if (takes.length === 0) return [];
  return [make(label, choice, Object.fromEntries(takes), "some")];
}

function make(
  label: string,
  { does, answer }: ChoiceOptions,
  takes: Readonly<Record<string, string>>,
  needs: Choice["needs"],
): Choice {
  const choice = {
    label,
    does,
    takes,
    needs,
    answer: (values: Arguments = {}) => {
      check(choice, values);
      return answer(values);
    },
  };
  return choice;
}

function find(choices: readonly Choice[], label: string): Choice {
  const found = choices.find((choice) => choice.label === label);
  if (found) return found;
  const labels = choices.map((choice) => choice.label);
  throw new ChoiceError(
    `There is no choice "${label}"; the nearest of ${labels.join(", ")} ` +
      `is "${nearest(label, labels)}"`,
  );
}

/** Checks that a choice is given what it takes. */
function check({ label, takes, needs }: Choice, values: Arguments): void {
  const names = Object.keys(takes);
  const given = Object.keys(values);
  const wrong = given.filter((name) => !Object.hasOwn(takes, name));
  const missing = names.filter((name) => !Object.hasOwn(values, name));
  const lacks = needs === "all" ? missing.length > 0 : given.length === 0;
  if (wrong.length === 0 && !lacks) return;
  const was = [
    ...(wrong.length === 0 ? [] : [`was given ${wrong.join(", ")}`]),
    ...(lacks ? [`was not given ${missing.join(needs === "all" ? ", " : " or ")}`] : []),
  ];
  const about = Object.entries(takes).map(([name, text]) => `\n  ${name}: ${text}`);
  const needed = needs === "all" ? "" : "at least one of ";
  const taken = names.length === 0 ? "nothing" : `${needed}${names.join(", ")}`;
  throw new ChoiceError(
    `Choice "${label}" takes ${taken}, and ${was.join(" and ")}${about.join("")}`,
  );
}

const STARTS: Readonly<Record<Extent, string>> = {
  one: "starts what failed again, and what must follow it",
  rest: "starts what failed and all that came after it again",
  all: "starts everything in the scope again",
};

/** What an answer does. */
function inWords(answer: Answer): string {
  switch (answer.kind) {
    case "again": {
      const after = answer.after === 0 ? "" : `, after ${answer.after / 1000} s`;
      const names = Object.keys(answer.arguments ?? {});
      const others = names.length === 0 ? "" : `, with other ${names.join(", ")}`;
      return `${STARTS[answer.what]}${after}${others}`;
    }
    case "ask":
      return `asks: ${answer.question}`;
    case "leave":
      return "leaves down what failed; the rest goes on";
    case "fail":
      return answer.reason === undefined ? "fails the scope" : `fails the scope: ${answer.reason}`;
  }
}
