/** One run of a scope's body: what it claims, and the tasks that it begins. */
import { AsyncLocalStorage } from "node:async_hooks";
import { checkUnforeseen } from "../../agent/mod.ts";
import { within } from "../../clock/mod.ts";
import { type Claim, type Keeper, Nursery } from "../../nursery/mod.ts";
import { DuplicateNameError, ScopeStateError } from "./errors.ts";
import type { Entry } from "./entry.ts";
import { PATIENCE } from "./patience.ts";

/** What a body returned. */
export interface Result<T> {
  readonly value: T;
  /** The value as canonical JSON. */
  readonly text: string;
}

/** What is run. */
export type Body<A, T> = (nursery: Nursery, values: A) => Promise<T>;

/** The runs that are under way here, the innermost first. */
const running = new AsyncLocalStorage<readonly Run<unknown>[]>();

/** The run of a scope whose body, or a task of it, calls this. */
export function runOf(scope: object): Run<unknown> | undefined {
  return running.getStore()?.find((run) => run.scope === scope);
}

/** One run. */
export class Run<T> implements Keeper {
  readonly scope: object;
  readonly #within: Nursery;
  readonly #entryOf: (name: string) => Entry;
  readonly #claimed = new Set<Entry>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #abort = new AbortController();
  #isOpen = true;
  #nursery: Nursery | undefined;
  /** What the body returned, or what it or one of its tasks threw until then. */
  readonly result: Promise<Result<T>>;
  /** Settles when the body and all of its tasks have ended; with what a task threw after the body returned. */
  readonly ended: Promise<void>;

  /**
   * Begins it.
   *
   * @param scope Whose run it is.
   * @param within Owns what stands.
   * @param entryOf The entry of a name, made if there is none.
   */
  constructor(
    scope: object,
    within: Nursery,
    body: (nursery: Nursery) => Promise<Result<T>>,
    entryOf: (name: string) => Entry,
  ) {
    this.scope = scope;
    this.#within = within;
    this.#entryOf = entryOf;
    const end = () => this.#abort.abort(within.signal.reason);
    within.signal.addEventListener("abort", end, { once: true });
    const result = Promise.withResolvers<Result<T>>();
    this.result = result.promise;
    const runs = [this, ...running.getStore() ?? []];
    this.ended = Nursery.run(async (nursery) => {
      this.#nursery = nursery;
      const returned = await running.run(runs, () => body(nursery));
      await Promise.allSettled(this.#pending);
      this.#isOpen = false;
      result.resolve(returned);
      await aborted(nursery.signal);
    }, { within, keeper: this, signal: this.signal }).finally(() => {
      this.#isOpen = false;
      within.signal.removeEventListener("abort", end);
    });
    this.ended.catch(result.reject);
    this.result.catch(() => {});
  }

  /** Aborted when it is to end, as it is when its scope ends. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Whether its body has not returned yet. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether its body has returned, and no task of it runs. */
  get isIdle(): boolean {
    return !this.#isOpen && (this.#nursery?.running ?? 0) <= 1;
  }

  /** What was claimed, in this order. */
  get claimed(): readonly Entry[] {
    return [...this.#claimed];
  }

  /** Tells the body and its tasks to end. */
  abort(reason: unknown): void {
    this.#abort.abort(reason);
  }

  /** Whether all have ended within the time that is given them. */
  async isOver(): Promise<boolean> {
    return await within(this.#within.clock, PATIENCE, this.ended.catch(() => {}));
  }

  claim<C>(claim: Claim<C>): Promise<C> {
    const path = this.#within.pathOf(claim.name);
    checkUnforeseen(`claim ${path} in another scope`);
    if (!this.#isOpen) {
      throw new ScopeStateError(
        `${path} was claimed when the run of its scope was over: await in the body what it starts`,
      );
    }
    this.signal.throwIfAborted();
    const entry = this.#entryOf(claim.name);
    if (this.#claimed.has(entry)) {
      throw new DuplicateNameError(path, entry.place?.stack, new Error().stack);
    }
    // Where it was claimed first, in whichever run: to find that out takes longer than all else here.
    entry.place ??= new Error();
    this.#claimed.add(entry);
    const made = entry.be(claim, this.signal);
    this.#pending.add(made);
    const settled = () => void this.#pending.delete(made);
    made.then(settled, settled);
    return made;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) =>
    signal.addEventListener("abort", () => resolve(), { once: true })
  );
}
