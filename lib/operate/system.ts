/** The system that a program runs, as it is looked at and acted on while it runs. */
import { Host } from "../hosts/mod.ts";
import type { Model, ServiceRow } from "../model/mod.ts";
import type { Nursery, Turn } from "../nursery/mod.ts";
import type { Service } from "../service/mod.ts";
import { isService } from "../service/named.ts";
import { type AnyScope, scopesOf } from "../system/mod.ts";
import type { Entry } from "../system/scope/entry.ts";
import type { ProgramView } from "./api.ts";
import { unknownName } from "./problem.ts";

/** What a program says of itself. */
export type About = Omit<ProgramView, "api" | "ready">;

/** A service, in the scope that it is claimed in. */
export interface Member {
  readonly scope: AnyScope;
  readonly entry: Entry;
}

/** A running system. */
export class RunningSystem {
  readonly about: About;
  readonly model: Model;
  readonly nursery: Nursery;
  /** Whether all was ready once. */
  isReady = false;

  constructor(about: About, model: Model, nursery: Nursery) {
    this.about = about;
    this.model = model;
    this.nursery = nursery;
  }

  get scopes(): readonly AnyScope[] {
    return scopesOf(this.nursery);
  }

  /** Those that live, and of the others the last of each name; by name. */
  get services(): ReadonlyMap<string, ServiceRow> {
    const rows = new Map<string, ServiceRow>();
    for (const row of this.model.services) {
      const before = rows.get(row.path);
      if (row.ended === undefined || before === undefined || before.ended !== undefined) {
        rows.set(row.path, row);
      }
    }
    return rows;
  }

  /** @throws {RequestError} If there is none. */
  scope(path: string): AnyScope {
    const { scopes } = this;
    const scope = scopes.find((scope) => scope.path === path);
    if (scope) return scope;
    throw unknownName("scope", path, scopes.map(({ path }) => path));
  }

  /** @throws {RequestError} If there is no service of this name, now or before. */
  row(name: string): ServiceRow {
    const { services } = this;
    const row = services.get(name);
    if (row) return row;
    throw unknownName("service", name, [...services.keys()]);
  }

  /** What services stand for, by name. */
  get members(): ReadonlyMap<string, Member> {
    const members = new Map<string, Member>();
    for (const scope of this.scopes) {
      for (const entry of scope.roll) {
        if (entry.made?.kind === "service") members.set(entry.path, { scope, entry });
      }
    }
    return members;
  }

  /** The hosts that are claimed by name. */
  get hosts(): readonly Host[] {
    const claimed = this.scopes.flatMap(({ roll }) =>
      roll.filter(({ made }) => made?.kind === "host")
    );
    return claimed.map(({ standing }) => standing?.value).filter((value) => value instanceof Host);
  }

  /** @throws {RequestError} If there is none, or it is in no scope. */
  member(name: string): Member {
    const { members } = this;
    const member = members.get(name);
    if (member) return member;
    throw unknownName("service", name, [...members.keys()]);
  }
}

/**
 * The names of the services that each was given, or else of those that were there when it was started: what it stops
 * before.
 */
export function usesOf(members: ReadonlyMap<string, Member>): ReadonlyMap<string, string[]> {
  const names = new Map<unknown, string>();
  for (const [name, { entry }] of members) names.set(entry.standing?.turn, name);
  const all = new Map(Array.from(members, ([name, { entry }]) => {
    const turn = entry.standing?.turn;
    return [name, turn && "uses" in turn ? used(turn, names) : new Set<string>()];
  }));
  return new Map(Array.from(all, ([name, uses]) => [name, direct(uses, all)]));
}

/** Without those that others of them use themselves. */
function direct(
  uses: ReadonlySet<string>,
  all: ReadonlyMap<string, ReadonlySet<string>>,
): string[] {
  const further = new Set([...uses].flatMap((name) => [...all.get(name) ?? []]));
  return [...uses.difference(further)];
}

/** The names of those that use it, and of those that use them: each after those that it uses. */
export function usersOf(name: string, uses: ReadonlyMap<string, readonly string[]>): string[] {
  const users = new Set<string>();
  const visit = (used: string) => {
    for (const [other, its] of uses) if (its.includes(used) && !users.has(other)) visit(other);
    users.add(used);
  };
  visit(name);
  return [...users].reverse().slice(1);
}

/** Joints of the order of stopping stand for what they lead to. */
function used(turn: Turn, names: ReadonlyMap<unknown, string>): Set<string> {
  const found = new Set<string>();
  const seen = new Set<Turn>(turn.uses);
  for (const each of seen) {
    const name = names.get(each);
    if (name !== undefined) found.add(name);
    else if (each.isJoint) { for (const next of each.uses) seen.add(next); }
  }
  return found;
}

/** The service that an entry stands for; undefined if there is none. */
export function serviceOf({ entry }: Member): Service | undefined {
  const value = entry.standing?.value;
  return isService(value) ? value : undefined;
}
