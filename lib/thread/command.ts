/** Commands: what to execute, before it is known where. Their arguments stay what they are until then. */
import { posix } from "node:path";
import { kindOf } from "./kind.ts";
import { Path } from "./path.ts";
import { Secret } from "./secret.ts";

/** An argument of a command: text, a number, a path, an address; or another thing with a text of its own. */
export type CommandArgument = string | number | bigint | Path | { toString(): string };

/** Variables of an environment; undefined removes one. */
export type Environment = Readonly<Record<string, string | number | Path | undefined>>;

/** A command as data. */
export interface CommandData {
  readonly executable: unknown;
  readonly arguments: readonly unknown[];
  readonly environment: Readonly<Record<string, unknown>>;
}

/** An executable, its arguments and what is changed in its environment. Immutable. */
export class Command {
  /** A path, or a name to be looked up in the host's PATH. */
  readonly executable: string | Path;
  readonly arguments: readonly CommandArgument[];
  /** Added to the host's environment; undefined removes a variable. */
  readonly environment: Environment;

  /**
   * @throws {TypeError} If an argument is missing (undefined), not finite, or has no text.
   * @throws {RangeError} If a string holds NUL, or a variable's name is none.
   */
  constructor(
    executable: string | Path,
    args: readonly CommandArgument[] = [],
    environment: Environment = {},
  ) {
    if (executable === "") throw new RangeError("A command needs an executable");
    checkText(executable, "The executable of a command");
    const name = posix.basename(`${executable}`);
    if (!Array.isArray(args)) {
      throw new TypeError(`The arguments of ${name} must be a list, not ${kindOf(args)}`);
    }
    args.forEach((arg, index) => checkText(arg, `Argument ${index + 1} of ${name}`));
    for (const [variable, value] of Object.entries(environment)) {
      checkVariable(variable);
      if (value !== undefined) checkText(value, `The variable ${variable} of ${name}`);
    }
    this.executable = executable;
    this.arguments = Object.freeze([...args]);
    this.environment = Object.freeze({ ...environment });
  }

  /** The command with more arguments. */
  args(...more: readonly CommandArgument[]): Command {
    return new Command(this.executable, [...this.arguments, ...more], this.environment);
  }

  /** The command with more environment variables; undefined removes one. */
  env(variables: Environment): Command {
    return new Command(this.executable, this.arguments, { ...this.environment, ...variables });
  }

  /** The executable's file name. */
  get name(): string {
    return posix.basename(`${this.executable}`);
  }

  /** The arguments as execve(2) takes them, the executable first. */
  get argv(): readonly string[] {
    return [this.executable, ...this.arguments].map(String);
  }

  /** Whether the executable is a name that is looked up in PATH. */
  get isLookedUp(): boolean {
    return typeof this.executable === "string" && !this.executable.includes("/");
  }

  /** Where the executable may be, given the host's environment. */
  candidates(environment: Environment): (string | Path)[] {
    if (!this.isLookedUp) return [this.executable];
    return searchPath(environment).map((directory) =>
      posix.join(directory || ".", `${this.executable}`)
    );
  }

  /** The environment as execve(2) takes it. */
  environmentOn(host: Readonly<Record<string, string>>): readonly string[] {
    if (Object.keys(this.environment).length > 0) {
      return variables({ ...host, ...this.environment });
    }
    let plain = unchanged.get(host);
    if (!plain) unchanged.set(host, plain = variables(host));
    return plain;
  }

  /** The command line, quoted for a POSIX shell. */
  toString(): string {
    return this.argv.map(quote).join(" ");
  }

  /** The command as data: what it holds by type, the environment in the order of its names. */
  toJSON(): CommandData {
    const environment = Object.entries(this.environment)
      .toSorted(([a], [b]) => a < b ? -1 : 1)
      .map(([name, value]) => [name, value === undefined ? null : plain(value)]);
    return {
      executable: plain(this.executable),
      arguments: this.arguments.map(plain),
      environment: Object.fromEntries(environment),
    };
  }
}

/** The directories that a name is looked up in. */
export function searchPath(environment: Environment): string[] {
  return `${environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"}`.split(":");
}

/** The environments of hosts as most commands get them: without changes. */
const unchanged = new WeakMap<Readonly<Record<string, string>>, readonly string[]>();

function variables(environment: Environment): string[] {
  return Object.entries(environment)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
}

/** @throws {TypeError} If a value is no command. */
export function checkCommand(command: unknown): void {
  if (command instanceof Command) return;
  throw new TypeError(
    `What is executed must be a command, such as new Command("sleep", [10]), not ${
      kindOf(command)
    }`,
  );
}

function checkText(value: unknown, what: string): void {
  if (value instanceof Secret) {
    throw new TypeError(
      `${what} is a secret, which everybody could read there: give it by the option secrets`,
    );
  }
  const isText = ["string", "bigint"].includes(typeof value) || Number.isFinite(value) ||
    hasText(value);
  if (!isText) {
    throw new TypeError(`${what} is ${describe(value)}: it must be text, a number or a path`);
  }
  if (`${value}`.includes("\0")) {
    throw new RangeError(`${what} cannot hold NUL: ${JSON.stringify(`${value}`)}`);
  }
}

/** Whether its text says something: that of plain objects does not. */
function hasText(value: unknown): value is { toString(): string } {
  return typeof value === "object" && value !== null && !isList(value) &&
    value.toString !== Object.prototype.toString;
}

/** Whether its text is that of its items with commas in between. */
function isList(value: object): boolean {
  return Array.isArray(value) || ArrayBuffer.isView(value);
}

function describe(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  return isList(value) ? "a list" : "an object without a text of its own";
}

function checkVariable(name: string): void {
  if (name !== "" && !/[=\0]/.test(name)) return;
  throw new RangeError(`Not the name of an environment variable: ${JSON.stringify(name)}`);
}

/** What JSON has for it: numbers and strings as they are, bigints as text, others as they say. */
function plain(value: CommandArgument): unknown {
  if (typeof value === "string" || typeof value === "number") return value;
  if (value instanceof Path) return { path: value.toJSON() };
  return `${value}`;
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
