/** Making scopes: on a plain nursery, and in other scopes. */
import { checkUnforeseen } from "../../agent/mod.ts";
import type { Model } from "../../model/mod.ts";
import { type Claim, type Nursery, type Place, type Standing, UNKEPT } from "../../nursery/mod.ts";
import { Estate } from "../../service/estate.ts";
import { onFailure, type Policy } from "../policy/mod.ts";
import type { ScopeOptions } from "./conductor.ts";
import { ScopeError } from "./errors.ts";
import type { Entry } from "./entry.ts";
import { Family } from "./family.ts";
import type { Program } from "./program.ts";
import type { Body } from "./run.ts";
import type { AnyScope } from "./scope.ts";
import { StandingScope } from "./standing_scope.ts";

/** How a scope is made. */
export interface SuperviseOptions<A extends object, T> {
  /** What the body is given. An operator can run it again with others; so these are what he may change. */
  arguments?: A;
  /**
   * What is done about failures.
   *
   * @default onFailure(): started again, up to 5 times in 10 minutes; then it is asked
   */
  policy?: Policy;
  /** Looks at what the body returned, when all stands; what it throws fails the run. */
  verify?: (value: T) => Promise<void>;
  /**
   * Where what happens to it and to the scopes in it is observed.
   *
   * @default that of the scope that it is in; else one of its own
   */
  model?: Model;
}

/**
 * Runs a body that can be run again: when something in it fails, when an operator gives it other arguments,
 * when the code around it is run again. What the body starts by {@linkcode startService} and what it claims
 * by name in other ways outlives the run: the next one gets what stands, if it asks for the same, and what
 * it does not ask for is stopped. All else in the body happens in each run. What is to happen once in a
 * program stands outside of it.
 *
 * @param name Unique in what it is in; empty for an outermost scope whose services need no prefix.
 * @returns What the body returned in its first run that succeeded.
 * @throws {ScopeError} If it fails before that.
 *
 * @example
 * ```ts
 * import { Command, type Nursery, onFailure, startService, supervise, type Thread } from "bailiwick";
 *
 * async function startWeb(nursery: Nursery, thread: Thread) {
 *   return await supervise(nursery, "web", async (nursery, { port }) => {
 *     const redis = new Command("redis-server", ["--port", "6379"]);
 *     const cache = await startService(nursery, thread, redis);
 *     const app = new Command("appd", ["--port", port]);
 *     return await startService(nursery, thread, app, { uses: [cache] });
 *   }, { arguments: { port: 8080 }, policy: onFailure({ most: 3 }) });
 * }
 * ```
 */
export async function supervise<T, A extends object = Record<never, never>>(
  nursery: Nursery,
  name: string,
  body: Body<A, T>,
  options: SuperviseOptions<A, T> = {},
): Promise<T> {
  const claim = new ScopeClaim(nursery, name, body, options);
  if (nursery.keeper) return await nursery.keeper.claim(claim);
  const standing = await claim.start({
    ...{ nursery, signal: nursery.signal },
    failed: (error) => nursery.fail(error, claim.path),
    ...UNKEPT,
  });
  try {
    return await standing.run(nursery.signal);
  } catch (error) {
    Estate.of(nursery).giveUp();
    standing.end();
    await standing.over;
    throw error;
  }
}

/**
 * The scope of a path.
 *
 * @param nursery Any that is within the same outermost nursery as the scope.
 * @throws {RangeError} If there is none; it says which there are.
 */
export function scopeOf(nursery: Nursery, path: string): AnyScope {
  const { scopes } = familyOf(nursery);
  const scope = scopes.get(path);
  if (scope) return scope;
  const known = [...scopes.keys()].map((path) => JSON.stringify(path)).join(", ") || "none";
  throw new RangeError(`There is no scope ${JSON.stringify(path)}: there are ${known}`);
}

/** The scopes that there are within the same outermost nursery as this, each before those in it. */
export function scopesOf(nursery: Nursery): readonly AnyScope[] {
  return [...familyOf(nursery).scopes.values()];
}

/**
 * Calls back when a scope asks, from now on, until what this returns is disposed. While there is nobody who
 * is called back, a scope that would ask fails.
 *
 * @param nursery Any within the same outermost nursery as the scopes.
 *
 * @example
 * ```ts
 * import { type Nursery, onHeld } from "bailiwick";
 *
 * function retryAll(nursery: Nursery): Disposable {
 *   return onHeld(nursery, (scope) => {
 *     console.error(`${scope.path}: ${scope.reason}`);
 *     scope.answer("again").catch(() => {});
 *   });
 * }
 * ```
 */
export function onHeld(nursery: Nursery, listener: (scope: AnyScope) => void): Disposable {
  const { listeners } = familyOf(nursery);
  const own = (scope: AnyScope) => listener(scope);
  listeners.add(own);
  return { [Symbol.dispose]: () => void listeners.delete(own) };
}

function familyOf(nursery: Nursery): Family<Entry, AnyScope> {
  return Family.of(nursery);
}

/** A scope that is asked for. Whoever asks again has its body run again. */
export class ScopeClaim<A extends object, T> implements Claim<T> {
  readonly kind = "scope";
  readonly name: string;
  readonly path: string;
  readonly fingerprint = {};
  readonly holds: ReadonlySet<bigint> = new Set();
  readonly overlaps = false;
  readonly ends = "itself";
  readonly #body: Body<A, T>;
  readonly #values: A;
  readonly #model: Model | undefined;
  readonly #options: ScopeOptions<T>;
  readonly #isOutermost: boolean;

  constructor(
    nursery: Nursery,
    name: string,
    body: Body<A, T>,
    { arguments: values, policy = onFailure(), verify, model }: SuperviseOptions<A, T>,
  ) {
    this.name = name;
    this.path = name === "" ? nursery.path : nursery.pathOf(name);
    this.#body = body;
    this.#values = values ?? {} as A;
    this.#model = model;
    this.#options = { policy, verify };
    this.#isOutermost = nursery.keeper === undefined;
  }

  async start(place: Place): Promise<StandingScope<A, T>> {
    checkUnforeseen(`begin scope ${this.path}`);
    const family = familyOf(place.nursery);
    if (this.#model) family.model = this.#model;
    if (family.scopes.has(this.path)) {
      throw new ScopeError(this.path, "there is a scope of this name already");
    }
    for (const signal of [place.signal, place.nursery.signal]) signal.throwIfAborted();
    return new StandingScope<A, T>(
      ...[family, place, this.name, this.program, this.#options, this.#isOutermost] as const,
    );
  }

  async adopt(standing: Standing<T>, _: Nursery, signal: AbortSignal): Promise<T> {
    return await (standing as StandingScope<A, T>).again(this.program, this.#options, signal);
  }

  async restore(standing: Standing<T>, _: Nursery, signal: AbortSignal): Promise<void> {
    await (standing as StandingScope<A, T>).restore(this.program, this.#options, signal);
  }

  /** What is to be run. */
  get program(): Program<A, T> {
    return { body: this.#body, values: this.#values };
  }
}
