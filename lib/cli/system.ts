/** What a system says of itself, so that it gets a command line. */
import type { Host } from "../hosts/mod.ts";
import type { Nursery } from "../nursery/mod.ts";
import type { Options, Values } from "./options.ts";
import type { Places, Roles } from "./targets.ts";

/** A set of hosts that a system can run on. */
export interface Topology {
  /** What `--help` says. */
  readonly about: string;
  /** Which hosts play which roles: known ones, or {@linkcode givenHost} and {@linkcode givenHosts}. */
  readonly hosts: Roles;
  /** Whether the system outlives its program there, also without `--standing`. */
  readonly standing?: boolean;
}

/** Topologies by their names; the first is that of a command line that names none. */
export type Topologies = Readonly<Record<string, Topology>>;

/** What a system has to say once it is ready. */
export interface Ready {
  /** What `up --json` prints beside the services, as an address to connect to. */
  readonly json?: Readonly<Record<string, unknown>>;
  /** Lines for people, as an example of its use. */
  readonly text?: string;
}

/** A command of one's own, with the types of its values. */
export interface CommandOf<A extends Options, O extends Options> {
  /** What `--help` says. */
  readonly about: string;
  /** Its arguments, in their order. */
  readonly arguments?: A & Options;
  readonly options?: O & Options;
  /** More for `--help`, after the options. */
  readonly notes?: string;
  /** Whole command lines for `--help`. */
  readonly examples?: readonly string[];
  /**
   * Does it. What it throws is shown, and the exit status 1, or 2 for a {@linkcode UsageError}.
   *
   * @param values Those of the arguments and options, by their names.
   */
  run(values: Values<A> & Values<O>): Promise<void> | void;
}

/** A command of one's own. */
export type UserCommand = CommandOf<Options, Options>;

/**
 * A command for {@linkcode main}, whose values have the types that its arguments and options say.
 *
 * @example
 * ```ts
 * import { defineCommand } from "bailiwick/cli";
 *
 * export const ask = defineCommand({
 *   about: "ask the running system",
 *   arguments: { path: { kind: "text", about: "what to ask for", default: "/" } },
 *   options: { at: { kind: "address", about: "where it listens", required: true } },
 *   examples: ["shop ask /status --at 8080"],
 *   async run({ path, at }) {
 *     const response = await fetch(`http://${at.hostname}:${at.port}${path}`);
 *     console.log(await response.text());
 *   },
 * });
 * ```
 */
export function defineCommand<
  const A extends Options = Record<never, never>,
  const O extends Options = Record<never, never>,
>(command: CommandOf<A, O>): UserCommand {
  return command;
}

/** A system, and all that its command line is made of. */
export interface SystemOf<T extends Topologies, O extends Options> {
  /** The program's name. */
  readonly name: string;
  /** What `version` prints of it. */
  readonly version?: string;
  /** What `--help` says of it. */
  readonly description?: string;
  readonly topologies: T;
  /** Options of `up` besides those that every system has. */
  readonly options?: O & Options;
  /** Commands of its own, by their names. */
  readonly commands?: Readonly<Record<string, UserCommand>>;
  /**
   * What can be named at the prompt of `attach`, besides what every system has: its start functions, its classes.
   *
   * @default {}
   */
  readonly repl?: Readonly<Record<string, unknown>>;
  /** Whole command lines for the help of `up`, as "shop up --port 8080". */
  readonly examples?: readonly string[];
  /**
   * Starts the system; returns when it can be used. Its services are tasks of the nursery, and run until
   * somebody ends the program, or one of them fails.
   *
   * @param places The connected hosts by the roles of the topology that was chosen.
   * @throws {UsageError} If its options make no sense together; the exit status is 2 then.
   */
  system(
    nursery: Nursery,
    places: Places<T[keyof T]["hosts"]>,
    options: Values<O>,
  ): Promise<Ready | void>;
  /**
   * Looks at the system from outside when all of it is ready, as by using it once. What it throws fails the start,
   * and a change of a system that stands is gone back from.
   *
   * @param ready What the system function has returned.
   */
  verify?(ready: Ready): Promise<void>;
  /**
   * What `hosts check` asks of each host besides whether it can be used: what is missing there, as
   * "the Debian package redis-server".
   */
  check?(host: Host): Promise<readonly string[]>;
}

/** Any system. */
export type AnySystem = SystemOf<Topologies, Options>;
