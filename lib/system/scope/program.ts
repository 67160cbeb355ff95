/** What a scope runs: what the code around it gives, and what an operator has put in its place. */
import type { Arguments } from "../policy/mod.ts";
import { ScopeStateError } from "./errors.ts";
import type { Body } from "./run.ts";

/** A body and what it is given. */
export interface Program<A, T> {
  readonly body: Body<A, T>;
  readonly values: A;
}

/** What an operator has put in the place of the code's. */
export interface Overrides<A, T> {
  readonly body: Body<A, T> | undefined;
  readonly values: Partial<A>;
}

/** The program of a scope. */
export class Programs<A extends object, T> {
  readonly #path: string;
  #given: Program<A, T>;
  #body: Body<A, T> | undefined;
  #values: Partial<A> = {};
  /** What an operator had put in the place of the code's when a run last succeeded. */
  #kept: Overrides<A, T> = { body: undefined, values: {} };

  constructor(path: string, given: Program<A, T>) {
    this.#path = path;
    this.#given = given;
  }

  /** What is to be run. */
  get current(): Program<A, T> {
    const { body, values } = this.#given;
    return { body: this.#body ?? body, values: { ...values, ...this.#values } };
  }

  /** The arguments by their names. */
  get named(): Arguments {
    return { ...this.current.values } as Record<string, unknown>;
  }

  /** The arguments that were put in the place of the code's. */
  get overrides(): Partial<A> {
    return this.#values;
  }

  /** A run has succeeded. */
  keep(): void {
    this.#kept = { body: this.#body, values: this.#values };
  }

  /** What has failed for good is not run again; returns it. */
  goBack(): Overrides<A, T> {
    const tried = { body: this.#body, values: this.#values };
    this.redo(this.#kept);
    return tried;
  }

  /** Puts these in the place of the code's. */
  redo({ body, values }: Overrides<A, T>): void {
    this.#body = body;
    this.#values = values;
  }

  give(given: Program<A, T>): void {
    this.#given = given;
  }

  /** Puts another body in the place of the code's. */
  use(body: Body<A, T>): void {
    this.#body = body;
  }

  /**
   * Puts other arguments in the place of the code's.
   *
   * @throws {ScopeStateError} If there are no such arguments.
   */
  override(values: Partial<A>): void {
    this.check(values);
    this.#values = { ...this.#values, ...values };
  }

  /** @throws {ScopeStateError} If there are no such arguments. */
  check(values: Partial<A>): void {
    const known = Object.keys(this.#given.values);
    const wrong = Object.keys(values).find((name) => !known.includes(name));
    if (wrong === undefined) return;
    const has = known.length === 0 ? "no arguments" : `the arguments ${known.join(", ")}`;
    throw new ScopeStateError(`Scope ${this.#path} has ${has}, and not ${wrong}`);
  }
}
