/** A scope, by which it is looked at, asked for more, and answered. */
import { checkUnforeseen } from "../../agent/mod.ts";
import type { ScopeState } from "../../model/mod.ts";
import type { Arguments, Choice } from "../policy/mod.ts";
import type { Conductor } from "./conductor.ts";
import type { Entry } from "./entry.ts";
import { ScopeError, ScopeStateError } from "./errors.ts";
import type { Program } from "./program.ts";
import { type Body, runOf } from "./run.ts";
import { firstDifference } from "./value.ts";

/** Any scope. */
// deno-lint-ignore no-explicit-any
export type AnyScope = Scope<any, any>;

/** A body that can be run again, and what it has standing; made by {@linkcode supervise}. */
export class Scope<A extends object, T> {
  readonly #conductor: Conductor<A, T>;
  #answered: string | undefined;

  /** Whether it is in no other scope. */
  readonly isOutermost: boolean;

  /** For the library. */
  constructor(conductor: Conductor<A, T>, isOutermost: boolean) {
    this.#conductor = conductor;
    this.isOutermost = isOutermost;
  }

  /** Its full name, as "shard-0"; that of an outermost one may be empty. */
  get path(): string {
    return this.#conductor.path;
  }

  get state(): ScopeState {
    return this.#conductor.status.state;
  }

  /** Why it is in that state, if there is more to say; what it asks while it is held. */
  get reason(): string | undefined {
    return this.#conductor.status.reason;
  }

  /** For the library: whether no task of its body runs. */
  get isIdle(): boolean {
    return this.state === "standing" && this.#conductor.run?.isIdle === true;
  }

  /** For the library: what it has standing, by name. */
  get roll(): readonly Entry[] {
    return this.#conductor.roll.all;
  }

  /** For the library: what would be run if this were. */
  programWith(body: Body<A, T> | undefined, values: Partial<A>): Program<A, T> {
    const { programs } = this.#conductor;
    programs.check(values);
    const { current } = programs;
    return { body: body ?? current.body, values: { ...current.values, ...values } };
  }

  /** What its body returned when it last succeeded. */
  get value(): T | undefined {
    return this.#conductor.value?.value;
  }

  /** What its body is given: the code's arguments, and what was put in their place. */
  get arguments(): A {
    return this.#conductor.programs.current.values;
  }

  /** What was put in the place of the code's arguments; it stays until the program ends. */
  get overrides(): Partial<A> {
    return this.#conductor.programs.overrides;
  }

  /** What can be chosen, while it is held. */
  get choices(): readonly Choice[] {
    return this.#conductor.held?.choices(this.#conductor.programs.named) ?? [];
  }

  /**
   * Runs it again; settles when that is done. What is right already is left alone.
   *
   * @param values Arguments in the place of the code's, until the program ends.
   * @throws {ScopeStateError} If it has no such arguments, or is run from within its own body.
   * @throws {ScopeError} If it fails, or asks.
   */
  async run(values: Partial<A> = {}): Promise<T> {
    const { programs } = this.#conductor;
    programs.check(values);
    const again = this.#begin();
    programs.override(values);
    return await again();
  }

  /** Runs another function in the place of its body, until the program ends. */
  async use(body: Body<A, T>): Promise<T> {
    const again = this.#begin();
    this.#conductor.programs.use(body);
    return await again();
  }

  /**
   * Runs another function in the place of its body, until the program ends, and keeps what stands: what the function
   * does not start, and nothing that it replaces was given to, is as before. For an operator who puts right one thing.
   *
   * @example
   * ```ts
   * import { Command, type Nursery, scopeOf, startService, type Thread } from "bailiwick";
   *
   * async function mend(nursery: Nursery, thread: Thread): Promise<void> {
   *   const orderd = new Command("orderd", ["--database", "/srv/copy.db"]);
   *   await scopeOf(nursery, "orders").amend((nursery) => startService(nursery, thread, orderd));
   * }
   * ```
   */
  async amend(body: Body<A, T>): Promise<T> {
    const kept = this.roll.filter(({ isStanding }) => isStanding).map(({ made }) => made!);
    return await this.use(async (nursery, values) => {
      const value = await body(nursery, values);
      const claimed = runOf(this.#conductor)!.claimed.map(({ name }) => name);
      for (const claim of kept) {
        if (!claimed.includes(claim.name) && !claim.isLate) await nursery.keeper!.claim(claim);
      }
      return value;
    });
  }

  /**
   * Starts something anew, and what must follow.
   *
   * @param name Of what was claimed in it.
   * @throws {ScopeStateError} If there is nothing of that name.
   */
  async restart(name: string): Promise<T> {
    const { roll, anew, path } = this.#conductor;
    const entry = roll.all.find((entry) => entry.name === name);
    if (!entry) throw new ScopeStateError(`Scope ${path} has nothing of the name ${name}`);
    const again = this.#begin();
    anew.add(entry);
    entry.notBefore = -Infinity;
    return await again();
  }

  /**
   * Answers what it asks; settles when what was chosen is done.
   *
   * @param values What the choice takes.
   * @returns Its value then; undefined if it has none.
   * @throws {ScopeStateError} If it asks nothing, or was answered already.
   * @throws {ChoiceError} If there is no such choice, or it takes other values.
   */
  async answer(label: string, values: Arguments = {}): Promise<T | undefined> {
    const { held, path, programs, history } = this.#conductor;
    if (!held) {
      const why = this.#answered === undefined
        ? "asks nothing"
        : `was answered "${this.#answered}"`;
      throw new ScopeStateError(`Scope ${path} ${why}: there is nothing to answer`);
    }
    const answer = held.choose(label, values, programs.named);
    if (answer.kind === "again") programs.check(answer.arguments as Partial<A> ?? {});
    this.#answered = label;
    history.forget();
    if (answer.kind === "again") {
      const again = this.#begin();
      await this.#conductor.answer(answer, undefined);
      return await again();
    }
    await this.#conductor.answer(answer, new ScopeError(path, held.question));
    return this.value;
  }

  /**
   * Runs it again without a reason; one that ends meanwhile is as it should be.
   *
   * @throws {ScopeError} If that started or stopped anything, or the value is another; it says what.
   */
  async check(): Promise<void> {
    const conductor = this.#conductor;
    const before = conductor.value?.text;
    const problems: string[] = conductor.watch.touched = [];
    try {
      await this.run();
    } catch (error) {
      if (conductor.status.state === "ended") return;
      throw error;
    } finally {
      conductor.watch.touched = undefined;
    }
    const after = conductor.value?.text;
    if (before !== undefined && before !== after) {
      problems.push(`its value is another: ${firstDifference(before, after!)}`);
    }
    if (problems.length === 0) return;
    const what = problems.join("; ");
    throw new ScopeError(this.path, `run again without a reason, it is not the same: ${what}`);
  }

  /** @throws {ScopeStateError} If this is called by its own body. */
  #begin(): () => Promise<T> {
    const conductor = this.#conductor;
    checkUnforeseen(`have scope ${this.path} run again`);
    if (conductor.hasEnded) {
      throw new ScopeStateError(`Scope ${this.path} has ended, and is not run again`);
    }
    // It may be called in what an earlier one has left, as the body of an inner scope.
    const called = runOf(conductor);
    const run = called && !called.isOpen ? conductor.run : called;
    if (run?.isOpen) {
      throw new ScopeStateError(
        `Scope ${this.path} is run again from within its own body, which would wait for itself`,
      );
    }
    return () => {
      const value = conductor.waiters.add(false, run?.signal);
      conductor.ask();
      return value;
    };
  }
}
