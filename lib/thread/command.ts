/** Commands: what to execute, before it is known where. */
import { posix } from "node:path";

/** An executable, its arguments and what is changed in its environment. Immutable. */
export class Command {
  /** An absolute path, or a name to be looked up in the host's PATH. */
  readonly executable: string;
  readonly arguments: readonly string[];
  /** Added to the host's environment; undefined removes a variable. */
  readonly environment: Readonly<Record<string, string | undefined>>;

  constructor(
    executable: string,
    args: readonly string[] = [],
    environment: Readonly<Record<string, string | undefined>> = {},
  ) {
    if (executable === "") throw new RangeError("A command needs an executable");
    this.executable = executable;
    this.arguments = args;
    this.environment = environment;
  }

  /** The command with more arguments. */
  args(...more: (string | number | { toString(): string })[]): Command {
    const all = [...this.arguments, ...more.map(String)];
    return new Command(this.executable, all, this.environment);
  }

  /** The command with more environment variables; undefined removes one. */
  env(variables: Readonly<Record<string, string | undefined>>): Command {
    return new Command(this.executable, this.arguments, { ...this.environment, ...variables });
  }

  /** The executable's file name. */
  get name(): string {
    return posix.basename(this.executable);
  }

  /** Where the executable may be, given the host's environment. */
  candidates(environment: Readonly<Record<string, string | undefined>>): string[] {
    if (this.executable.includes("/")) return [this.executable];
    const path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
    return path.split(":").map((directory) => posix.join(directory || ".", this.executable));
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
    return [this.executable, ...this.arguments].map(quote).join(" ");
  }
}

/** The environments of hosts as most commands get them: without changes. */
const unchanged = new WeakMap<Readonly<Record<string, string>>, readonly string[]>();

function variables(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(environment)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`);
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
