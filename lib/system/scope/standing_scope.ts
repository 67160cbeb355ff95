/** A scope as what is around it has it standing. */
import { Nursery, type Place, type Section, type Standing } from "../../nursery/mod.ts";
import { Conductor, type ScopeOptions } from "./conductor.ts";
import type { Entry } from "./entry.ts";
import type { Family } from "./family.ts";
import { type Program, Programs } from "./program.ts";
import { type AnyScope, Scope } from "./scope.ts";

/** A scope, and the nursery that owns what stands in it. */
export class StandingScope<A extends object, T> implements Standing<T> {
  readonly instance = undefined;
  readonly wasStopped = false;
  readonly turn: Section;
  readonly #place: Place;
  readonly #ended: Promise<void>;
  #conductor!: Conductor<A, T>;
  #nursery!: Nursery;
  #isStopping = false;
  #isOver = false;

  /** @param name Empty, if the paths of what is in it are those of what is around it. */
  constructor(
    family: Family<Entry, AnyScope>,
    place: Place,
    name: string,
    program: Program<A, T>,
    options: ScopeOptions<T>,
    isOutermost: boolean,
  ) {
    this.#place = place;
    const { nursery: within, signal } = place;
    const section = this.turn = within.section();
    this.#ended = Nursery.run(async (nursery) => {
      const programs = new Programs(nursery.path, program);
      this.#nursery = nursery;
      this.#conductor = new Conductor<A, T>(
        family,
        nursery,
        programs,
        options,
        section,
        place,
        isOutermost,
      );
      family.add(new Scope(this.#conductor, isOutermost));
      try {
        await this.#conductor.conduct();
      } finally {
        family.remove(nursery.path);
      }
    }, { within, signal, section, ...(name !== "" && { name }) });
    this.#ended.then(() => this.#finish(), (error) => this.#fail(error));
    // So that what is around it is there to be told.
    within.spawn(() => this.over, within.path);
  }

  get value(): T {
    return this.#conductor.value!.value;
  }

  get instances(): readonly bigint[] {
    return this.#conductor.roll.all.flatMap(({ instances }) => instances);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Has its body run; settles when that is done, with what it returned. */
  async run(signal: AbortSignal): Promise<T> {
    const value = await this.#conductor.begin(signal);
    this.turn.ready();
    return value;
  }

  /** Has the body that is asked for now run; settles as `run` does. */
  async again(
    program: Program<A, T>,
    options: ScopeOptions<T>,
    signal: AbortSignal,
  ): Promise<T> {
    if (this.#isOver || this.#conductor.hasEnded) return this.value;
    this.turn.again();
    this.#conductor.give(program, options);
    return await this.run(signal);
  }

  /** Goes back to what it was given before; its body is run only if it has another one. */
  async restore(
    program: Program<A, T>,
    options: ScopeOptions<T>,
    signal: AbortSignal,
  ): Promise<void> {
    if (this.#isOver || this.#conductor.hasEnded) return;
    this.turn.again();
    this.#conductor.give(program, options);
    if (this.#conductor.isAsGiven) this.turn.ready();
    else await this.run(signal);
  }

  get over(): Promise<void> {
    return this.#ended.catch(() => {});
  }

  end(): void {
    if (this.#isOver) return;
    this.#isStopping = true;
    this.#nursery.cancel();
  }

  #finish(): void {
    this.#isOver = true;
    this.turn.leave();
    this.#place.finished();
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    this.turn.leave();
    if (!this.#isStopping && !this.#place.nursery.signal.aborted) this.#place.failed(error);
  }
}
