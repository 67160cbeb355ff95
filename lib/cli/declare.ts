/** Options and arguments that are data, as commander has them. */
import { Argument, type Command, InvalidArgumentError, Option as Declared } from "commander";
import type { Option, Options } from "./options.ts";
import { UsageError } from "./usage_error.ts";
import { PARSERS } from "./values.ts";

/** Gives a command its options. */
export function declareOptions(command: Command, options: Options): Command {
  for (const [name, option] of Object.entries(options)) command.addOption(declared(name, option));
  return command;
}

/** Gives a command its arguments, in their order. */
export function declareArguments(command: Command, words: Options): Command {
  for (const [name, option] of Object.entries(words)) {
    const shown = option.many ? `${name}...` : name;
    const argument = new Argument(option.required ? `<${shown}>` : `[${shown}]`, option.about);
    if (option.kind === "choice") argument.choices(option.choices);
    if (option.kind !== "choice" || option.many) argument.argParser(reader(option));
    if (option.default !== undefined) argument.default(option.default);
    command.addArgument(argument);
  }
  return command;
}

/** The values by the names of the options: a list where there may be many, else false for a flag. */
export function valuesOf(
  options: Options,
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([name, { many, kind }]) => {
      const denied = deniedBy(name);
      if (kind === "flag" && denied !== undefined) return [name, given[denied] === false];
      const none = many ? [] : kind === "flag" ? false : undefined;
      return [name, given[name] ?? none];
    }),
  );
}

/** What a flag such as `noPlan` denies, which for commander is a value with another name. */
function deniedBy(name: string): string | undefined {
  const [, first, rest] = /^no([A-Z])(.*)$/.exec(name) ?? [];
  return first && first.toLowerCase() + rest;
}

/** Command lines that show what a command is for. */
export function withExamples(command: Command, examples: readonly string[]): Command {
  if (examples.length === 0) return command;
  const heading = examples.length === 1 ? "Example" : "Examples";
  return command.addHelpText("after", `\n${heading}:\n  ${examples.join("\n  ")}`);
}

/** What an option is on the command line: `logDir` is `--log-dir`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function declared(name: string, option: Option): Declared {
  const flag = `${option.short === undefined ? "" : `-${option.short}, `}${flagOf(name)}`;
  if (option.kind === "flag") return new Declared(flag, option.about);
  const made = new Declared(`${flag} <${option.value ?? wordOf(option)}>`, option.about);
  if (option.kind === "choice") made.choices(option.choices);
  if (option.kind !== "choice" || option.many) made.argParser(reader(option));
  if (option.default !== undefined) made.default(option.default);
  return made.makeOptionMandatory(option.required ?? false);
}

function wordOf({ kind }: Option): string {
  return kind === "hostPath" ? "path" : kind === "parsed" || kind === "choice" ? "value" : kind;
}

/** Reads a value; each that may be one of many is added to those before it. */
function reader(option: Option): (text: string, before: unknown) => unknown {
  const parse = parserOf(option);
  return (text, before) => {
    try {
      const value = parse(text);
      return option.many ? [...(Array.isArray(before) ? before : []), value] : value;
    } catch (error) {
      if (error instanceof UsageError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}

function parserOf(option: Option): (text: string) => unknown {
  switch (option.kind) {
    case "flag":
      throw new TypeError("A flag takes no value, so it can be no argument");
    case "parsed":
      return option.parse;
    case "choice":
      return (text) => {
        if (option.choices.includes(text)) return text;
        throw new UsageError(`Allowed choices are ${option.choices.join(", ")}.`);
      };
    default:
      return PARSERS[option.kind];
  }
}
