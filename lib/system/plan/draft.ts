/**
 * A plan that is being made: what was claimed so far, beside what stands. Its rules:
 *
 * - Actions have the order of the claims; what a scope claims comes where that is claimed.
 * - What is done after confirmation, as it cannot be undone, comes last.
 * - What stands in a scope that was foreseen to its end, and was not claimed, is stopped, the last first.
 * - What was given a process that is to go follows it, wherever it stands.
 */
import type { Clock, Milliseconds } from "../../clock/mod.ts";
import type { Claim, Foreseen, Supposed } from "../../nursery/mod.ts";
import { recalled } from "../../service/note.ts";
import type { FoundStanding } from "./found.ts";
import { Plan, type PlannedAction, type PlannedDeed, type PlanSeal } from "./plan.ts";
import { type Difference, differenceTo, following } from "./reasons.ts";

/** How a plan is made. */
export interface Making {
  readonly clock: Clock;
  /** How long a body may take. */
  readonly limit: Milliseconds;
}

/** What kinds are made rather than started, and done again rather than replaced. */
const MADE: readonly string[] = ["descriptor", "directory", "temporary directory", "host"];
const LAST = "task after confirmation";
const DONE: readonly string[] = ["result", LAST];

/** A plan that is being made. */
export class Draft {
  readonly making: Making;
  readonly #found: ReadonlyMap<string, FoundStanding>;
  readonly #seals: PlanSeal[] = [];
  readonly #claimed = new Set<string>();
  /** The scopes that were run. */
  readonly #scopes = new Set<string>();
  /** The paths of what is to go, by its instance. */
  readonly #gone = new Map<bigint, string>();
  #instances = 0n;

  constructor(found: Iterable<FoundStanding>, making: Making) {
    this.#found = new Map(Array.from(found, (each) => [each.path, each]));
    this.making = making;
  }

  /** A scope is run. */
  visit(path: string): void {
    this.#scopes.add(path);
  }

  seal(seal: PlanSeal): void {
    this.#seals.push(seal);
  }

  /**
   * Something is claimed.
   *
   * @param actions Where what is done is added.
   * @returns What the caller gets, if that is known.
   */
  async claim<T>(
    path: string,
    claim: Claim<T>,
    actions: Actions,
    beyond: (what: string) => Error,
  ): Promise<Foreseen<T>> {
    const { kind, host } = claim;
    const found = this.#found.get(path);
    const differs = found && this.#differenceTo(found, claim);
    if (host?.lost && (!found || differs)) {
      throw beyond(`start ${path} on host ${host.name}, which is lost`);
    }
    if (found?.unknown !== undefined) throw beyond(`tell what ${path} is, which ${found.unknown}`);
    this.#claimed.add(path);
    const common = { path, beyond };
    if (found && !differs) {
      actions.add({ deed: "keep", path, kind, host: found.host, fields: [], reasons: [] });
      if ("value" in found) return { value: found.value as T };
      const { instance = this.#newInstance(), facts = {} } = found;
      return await claim.suppose?.({ ...common, instance, facts });
    }
    if (found) this.#goes(found);
    const { fields = [], reasons = [] } = differs ?? {};
    const action = { path, kind, host: host?.name, fields, reasons };
    const set = actions.add({ ...action, deed: deedFor(kind, found) });
    const supposed: Supposed = { ...common, instance: this.#newInstance(), facts: undefined };
    const foreseen = await claim.suppose?.(supposed);
    if (foreseen?.isThere) set({ ...action, deed: "keep" });
    return foreseen;
  }

  /** The plan, when all scopes have been run. */
  finish(claimed: Actions): Plan {
    const all = claimed.all;
    const sealed = new Set(this.#seals.map(({ scope }) => scope));
    const rest = [...this.#found.values()].filter(({ path }) => !this.#claimed.has(path));
    for (const found of rest.toReversed()) {
      const scope = nearest(found.path, this.#scopes);
      if (scope === undefined || sealed.has(scope) || found.unknown !== undefined) continue;
      this.#goes(found);
      const deed = isService(found.kind) ? "stop" : "release";
      const reasons = ["it is not asked for any more"];
      all.push({ deed, ...named(found), fields: [], reasons });
    }
    const actions = this.#withFollowers(all);
    const isLast = ({ kind }: PlannedAction) => kind === LAST;
    const inOrder = [...actions.filter((each) => !isLast(each)), ...actions.filter(isLast)];
    return new Plan(inOrder, this.#seals);
  }

  /** How what stands is another than what is claimed, if it is. */
  #differenceTo(
    found: FoundStanding,
    claim: Claim<unknown>,
  ): Difference | undefined {
    const { kind, fingerprint } = claim;
    const { fields, reasons } = differenceTo(asStood(found, claim), fingerprint, this.#gone);
    const more = [
      ...(found.kind === kind ? [] : [`it was a ${found.kind}`]),
      ...(found.isDown ? ["it is down"] : []),
    ];
    if (reasons.length + more.length === 0) return undefined;
    return { fields, reasons: [...more, ...reasons] };
  }

  #goes({ instance, path }: FoundStanding): void {
    if (instance !== undefined) this.#gone.set(instance, path);
  }

  /** What was left alone, or is in none of the scopes that were run, follows what goes. */
  #withFollowers(actions: readonly PlannedAction[]): PlannedAction[] {
    const follow = new Map<string, FoundStanding>();
    for (let count = -1; count < follow.size;) {
      count = follow.size;
      for (const found of this.#found.values()) {
        const { path } = found;
        const isLeft = nearest(path, this.#scopes) === undefined ||
          actions.some((action) => action.path === path && action.deed === "keep");
        if (!isLeft || following(found, this.#gone).length === 0) continue;
        follow.set(path, found);
        this.#goes(found);
      }
    }
    const actionOn = (found: FoundStanding): PlannedAction => {
      const reasons = following(found, this.#gone);
      return { deed: "replace", ...named(found), fields: [], reasons };
    };
    const changed = actions.map((action) => {
      const found = action.deed === "keep" ? follow.get(action.path) : undefined;
      follow.delete(action.path);
      return found ? actionOn(found) : action;
    });
    return [...changed, ...follow.values().map(actionOn)];
  }

  /** A process that nothing that stands can be. */
  #newInstance(): bigint {
    return --this.#instances;
  }
}

/** Actions in their order, with those of the scopes in between. */
export class Actions {
  readonly #parts: (PlannedAction | Actions)[] = [];

  /** Returns by what another can be put in its place. */
  add(action: PlannedAction): (other: PlannedAction) => void {
    const index = this.#parts.push(action) - 1;
    return (other) => void (this.#parts[index] = other);
  }

  /** Those of a scope that is claimed now. */
  within(): Actions {
    const actions = new Actions();
    this.#parts.push(actions);
    return actions;
  }

  get all(): PlannedAction[] {
    return this.#parts.flatMap((part) => part instanceof Actions ? part.all : [part]);
  }
}

/** What stands, with the claim's own text in the fields in which what was noted is equal to it. */
function asStood(found: FoundStanding, claim: Claim<unknown>): FoundStanding {
  const { salt, fingerprint } = found;
  if (salt === undefined) return found;
  const own = claim.salted?.(salt) ?? claim.fingerprint;
  return { ...found, fingerprint: recalled(fingerprint, own, claim.fingerprint) };
}

function isService(kind: string): boolean {
  return !MADE.includes(kind) && !DONE.includes(kind);
}

function deedFor(kind: string, found: FoundStanding | undefined): PlannedDeed {
  if (DONE.includes(kind)) return "run";
  if (found && !found.isDown) return "replace";
  return MADE.includes(kind) ? "make" : "start";
}

function named({ path, kind, host }: FoundStanding): Pick<PlannedAction, "path" | "kind" | "host"> {
  return { path, kind, host };
}

/** The innermost of these scopes that a path is in. */
function nearest(path: string, scopes: Iterable<string>): string | undefined {
  const around = [...scopes].filter((scope) => scope === "" || path.startsWith(`${scope}/`));
  return around.toSorted((one, other) => other.length - one.length)[0];
}
