/** Making plans: what a function would do beside what stands, and what a scope would do with another function. */
import {
  checkDuration,
  type Clock,
  type Milliseconds,
  seconds,
  systemClock,
} from "../../clock/mod.ts";
import type { Nursery } from "../../nursery/mod.ts";
import { canonical } from "../../service/canonical.ts";
import type { Body } from "../scope/run.ts";
import type { Scope } from "../scope/scope.ts";
import { scopesOf } from "../scope/supervise.ts";
import { Actions, Draft } from "./draft.ts";
import { foundIn, type FoundStanding } from "./found.ts";
import { foresee } from "./foreseen_scope.ts";
import type { Plan } from "./plan.ts";

/** How a plan is made. */
export interface PlanOptions {
  /** The path of the scope that the function is to be the body of; empty for an outermost one without a name. */
  path?: string;
  clock?: Clock;
  /**
   * How long a body may take; what it does after that is not foreseen.
   *
   * @default 30 s
   */
  limit?: Milliseconds;
}

/** What is tried instead of what a scope runs. */
export interface ScopeTrial<A, T> {
  /** Another function. */
  body?: Body<A, T>;
  /** Other arguments. */
  arguments?: Partial<A>;
}

/**
 * What a system's function would do, without doing it. It is run, and is answered what only reads, what stands,
 * and what it would have made, supposing that all becomes ready. `before` of services, tasks and `once` are not
 * run. A call that would change something ends what is foreseen of its scope, and is rejected with
 * {@linkcode UnforeseenError}; so are all that follow in that scope.
 *
 * @param found What stands, the first that was claimed first.
 * @throws {RangeError} If the limit is no duration.
 *
 * @example What a first start would do
 * ```ts
 * import { Command, type Nursery, planOf, planText, startService, type Thread } from "bailiwick";
 *
 * async function show(thread: Thread): Promise<void> {
 *   const plan = await planOf(async (nursery: Nursery) => {
 *     await startService(nursery, thread, new Command("redis-server"));
 *   }, []);
 *   console.log(planText(plan)); // start    redis-server on local
 * }
 * ```
 */
export async function planOf(
  body: (nursery: Nursery) => Promise<unknown>,
  found: Iterable<FoundStanding>,
  { path = "", clock = systemClock, limit = seconds(30) }: PlanOptions = {},
): Promise<Plan> {
  checkDuration("limit", limit);
  const draft = new Draft(found, { clock, limit });
  const actions = new Actions();
  await foresee(draft, actions, path, { body, values: {} });
  return draft.finish(actions);
}

/**
 * What a scope that is in this program would do, if it were run with another function or other arguments.
 *
 * @param nursery Any within the same outermost nursery as the scope.
 * @throws {ScopeStateError} If it has no such arguments.
 *
 * @example
 * ```ts
 * import { type Nursery, planOfScope, planText, scopeOf } from "bailiwick";
 *
 * async function show(nursery: Nursery, shards: number): Promise<void> {
 *   const plan = await planOfScope(nursery, scopeOf(nursery, "orders"), { arguments: { shards } });
 *   console.log(planText(plan));
 * }
 * ```
 */
export async function planOfScope<A extends object, T>(
  nursery: Nursery,
  scope: Scope<A, T>,
  trial: ScopeTrial<A, T> = {},
  { clock = nursery.clock, limit = seconds(30) }: Omit<PlanOptions, "path"> = {},
): Promise<Plan> {
  const program = scope.programWith(trial.body, trial.arguments ?? {});
  const draft = new Draft(foundIn(scopesOf(nursery)), {
    clock,
    limit: checkDuration("limit", limit),
  });
  const actions = new Actions();
  const returned = await foresee(draft, actions, scope.path, program);
  const isOther = returned && canonical(returned.value).text !== canonical(scope.value).text;
  if (isOther && !scope.isOutermost) draft.seal(around(scope.path));
  return draft.finish(actions);
}

/** What is around a scope is run again when its value is another. */
function around(path: string) {
  const what = `return another value, so that what is around it is run again`;
  return { scope: path, what, place: undefined };
}
