/** Which host plays which role: what a topology has, with what `--host` names. */
import { type Player, type Roles, sshTo, type Target, type Targets } from "./targets.ts";
import type { Topologies } from "./system.ts";
import { UsageError } from "./usage_error.ts";

const HOST = "[USER@]HOST";

/** The roles of a topology that the command line names hosts for. */
export function givenRoles(roles: Roles): [role: string, count: "one" | "each"][] {
  return Object.entries(roles).flatMap(([role, player]) =>
    isGiven(player) ? [[role, player.given]] : []
  );
}

/** What `--help` says of `--host`. */
export function hostHelp(topologies: Topologies): string {
  const roles = Object.values(topologies).flatMap(({ hosts }) => givenRoles(hosts));
  const words = roles.map(([role, count]) =>
    count === "one" ? `${role}=${HOST}` : `${role}=${HOST}, once for each ${role}`
  );
  return [...new Set(words)].join("; ");
}

/**
 * The hosts that play each role of a topology.
 *
 * @param given What `--host` was, each time: `ROLE=HOST`.
 * @throws {UsageError} If that names another role, or does not name what the topology needs.
 */
export function resolve(
  topologies: Topologies,
  topology: string,
  given: readonly string[],
): Targets {
  const { hosts } = topologies[topology]!;
  const roles = givenRoles(hosts);
  if (roles.length === 0 && given.length > 0) throw misplaced(topologies);
  const named = byRole(roles, given);
  const isMissing = roles.some(([role, count]) => {
    const { length } = named.get(role)!;
    return length === 0 || (count === "one" && length > 1);
  });
  if (isMissing) throw missing(topology, roles);
  return new Map(
    Object.entries(hosts).map(([role, player]) => [role, targetsOf(player, named.get(role) ?? [])]),
  );
}

function targetsOf(player: Player, named: readonly Target[]): Target | readonly Target[] {
  if (!isGiven(player)) return player;
  return player.given === "each" ? named : named[0]!;
}

function byRole(
  roles: readonly [string, string][],
  given: readonly string[],
): Map<string, Target[]> {
  const named = new Map<string, Target[]>(roles.map(([role]) => [role, []]));
  for (const text of given) {
    const at = text.indexOf("=");
    const targets = named.get(text.slice(0, Math.max(at, 0)));
    if (targets === undefined || at === text.length - 1) {
      const forms = roles.map(([role]) => `${role}=${HOST}`).join(" or ");
      throw new UsageError(`--host takes ${forms}, not ${text}`);
    }
    targets.push(sshTo(text.slice(at + 1)));
  }
  return named;
}

function misplaced(topologies: Topologies): UsageError {
  const names = Object.entries(topologies)
    .filter(([, { hosts }]) => givenRoles(hosts).length > 0).map(([name]) => name);
  return new UsageError(`--host goes with --topology ${names.join(" or ")}`);
}

function missing(topology: string, roles: readonly [string, string][]): UsageError {
  const needs = roles.map(([role, count]) =>
    count === "one" ? `one --host ${role}=${HOST}` : `a --host ${role}=${HOST} for each ${role}`
  );
  return new UsageError(`--topology ${topology} needs ${needs.join(" and ")}`);
}

function isGiven(player: Player): player is Extract<Player, { given: unknown }> {
  return "given" in player;
}
