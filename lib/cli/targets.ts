/** The hosts that a topology has, before anything is connected to: what they are called, and how one gets there. */
import { type Host, type HostOptions, localHost, sshHost } from "../hosts/mod.ts";
import type { Milliseconds } from "../clock/mod.ts";

/** What a connection to a host takes of the command line. */
export interface TargetOptions extends HostOptions {
  /** A file that ssh reads in place of `~/.ssh/config`. */
  sshConfig?: string;
  /** How long the host may be silent before it is lost; 0: for ever. */
  silence?: Milliseconds;
}

/**
 * A host that can be connected to. The same target in two roles is one host with both.
 *
 * @example
 * ```ts
 * import { commandHost } from "bailiwick";
 * import type { Target } from "bailiwick/cli";
 *
 * const web: Target = {
 *   name: "web",
 *   connect: ({ sshConfig: _, ...options }) =>
 *     commandHost(["docker", "exec", "-i", "web", "sh"], options),
 * };
 * console.log(web.name);
 * ```
 */
export interface Target {
  /** What `hosts check` and errors call it. */
  readonly name: string;
  /** Connects to it; what it gives is closed by its caller. */
  readonly connect: (options: TargetOptions) => Promise<Host>;
}

/** This machine. */
export const thisMachine: Target = {
  name: "local",
  connect: ({ sshConfig: _config, silence: _silence, ...options }) => localHost(options),
};

const bySsh = new Map<string, Target>();

/**
 * A host behind ssh; for one destination it is always the same target.
 *
 * @param to As `sshHost` takes it: `HOST`, `USER@HOST` or `ssh://[USER@]HOST[:PORT]`.
 *
 * @example
 * ```ts
 * import { sshTo } from "bailiwick/cli";
 *
 * const shard = ["me@db1", "me@db2"].map(sshTo);
 * console.log({ prod: { about: "where it always is", hosts: { shard } } });
 * ```
 */
export function sshTo(to: string): Target {
  const known = bySsh.get(to);
  if (known) return known;
  const target: Target = {
    name: to,
    connect: ({ sshConfig, ...options }) =>
      sshHost({ to, ...(sshConfig !== undefined && { config: sshConfig }) }, options),
  };
  bySsh.set(to, target);
  return target;
}

/** A host, or several, that the command line names. */
export interface Given<Count extends "one" | "each"> {
  readonly given: Count;
}

/** One host behind ssh that the command line must name: `--host ROLE=[USER@]HOST`. */
export const givenHost: Given<"one"> = { given: "one" };

/** Hosts behind ssh of which the command line must name at least one, in an order that it gives. */
export const givenHosts: Given<"each"> = { given: "each" };

/** What plays a role in a topology. */
export type Player = Target | readonly Target[] | Given<"one"> | Given<"each">;

/** The hosts of a topology by their roles. */
export type Roles = Readonly<Record<string, Player>>;

/** The connected hosts, by their roles: one, or a list where there may be several. */
export type Places<R extends Roles> = {
  readonly [Role in keyof R]: R[Role] extends readonly Target[] | Given<"each"> ? readonly Host[]
    : Host;
};

/** The targets of a topology, after the command line has named its own. */
export type Targets = ReadonlyMap<string, Target | readonly Target[]>;

/** Each target once. */
export function distinct(targets: Targets): Target[] {
  return [...new Set([...targets.values()].flat())];
}
