/** The runs of a scope's body, one after the other: each is begun when the one before and its tasks have ended. */
import { CancelledError, type Nursery, type Section } from "../../nursery/mod.ts";
import { canonical } from "../../service/canonical.ts";
import { relyingOnMemory } from "../../thread/memory.ts";
import type { Program } from "./program.ts";
import type { Roll } from "./roll.ts";
import { PATIENCE } from "./patience.ts";
import { type Result, Run } from "./run.ts";
import type { Status } from "./status.ts";

/** What a run has come to; undefined: to nothing, since something more urgent has come. */
export type Outcome<T> = Result<T> | { readonly error: unknown } | undefined;

/** How a body is run. */
export interface AttemptOptions {
  /** Whether what hosts have answered before does; it is out of date if the run fails. */
  readonly reliesOnMemory?: boolean;
  /** Settles when something more urgent has come. */
  readonly interruption?: (signal: AbortSignal) => Promise<void>;
}

/** What the runs of a scope have in common. */
export interface Setting<T> {
  /** Whose runs they are. */
  readonly scope: object;
  /** Owns what stands. */
  readonly nursery: Nursery;
  readonly section: Section;
  readonly roll: Roll;
  readonly status: Status;
  /** Looks at what a body returned; what it throws fails the run. */
  verify(value: T): Promise<void> | undefined;
  /** Ends what earlier programs have left and nobody has claimed. */
  prune(): Promise<void>;
  /** A task of the last run has failed, after its body had returned. */
  taskFailed(error: unknown): void;
}

/** Runs bodies. */
export class Attempts<A, T> {
  readonly #setting: Setting<T>;
  #run: Run<T> | undefined;
  #last: Program<A, T>["body"] | undefined;
  #cancelled: CancelledError | undefined;

  constructor(setting: Setting<T>) {
    this.#setting = setting;
  }

  /** The run that is under way, or whose tasks go on. */
  get run(): Run<T> | undefined {
    return this.#run;
  }

  /** Runs a program; stops what it did not claim. The run before must have ended. */
  async make(
    program: Program<A, T>,
    { reliesOnMemory = false, interruption }: AttemptOptions = {},
  ): Promise<Outcome<T>> {
    const { scope, nursery, section, roll } = this.#setting;
    section.begin();
    if (program.body !== this.#last) { for (const entry of roll.all) entry.place = undefined; }
    this.#last = program.body;
    const body = (nursery: Nursery) => this.#body(program, reliesOnMemory, nursery);
    const run = new Run(scope, nursery, body, (name) => roll.entry(name));
    this.#run = run;
    const over = new AbortController();
    try {
      const interrupted = interruption?.(over.signal).then(() => undefined);
      const first = await Promise.race([run.result, ...(interrupted ? [interrupted] : [])]);
      if (!first) return void run.abort(this.#why);
      await roll.keep(run.claimed);
      await this.#setting.prune();
      run.ended.catch((error) => this.#taskFailed(run, error));
      return first;
    } catch (error) {
      return { error };
    } finally {
      over.abort(null);
    }
  }

  /** Waits until the body of the last run and its tasks have ended; while they do not, the scope is held. */
  async end(): Promise<void> {
    const run = this.#run;
    if (!run) return;
    run.abort(this.#why);
    if (!await run.isOver()) {
      const { status } = this.#setting;
      const { state, reason } = status;
      const since = `${PATIENCE / 1000} s after it was told to`;
      status.become("held", `its body or a task of it does not end, ${since}`);
      await run.ended.catch(() => {});
      status.become(state, reason);
    }
    this.#run = undefined;
  }

  async #body(
    { body, values }: Program<A, T>,
    reliesOnMemory: boolean,
    nursery: Nursery,
  ): Promise<Result<T>> {
    const value = await relyingOnMemory(reliesOnMemory, () => body(nursery, values));
    const { text } = canonical(value);
    await this.#setting.verify(value);
    return { value, text };
  }

  #taskFailed(run: Run<T>, error: unknown): void {
    if (this.#run === run && !run.signal.aborted) this.#setting.taskFailed(error);
  }

  /** One error for all runs: to make one takes long, and it says the same. */
  get #why(): CancelledError {
    const { nursery: { path } } = this.#setting;
    return this.#cancelled ??= new CancelledError(`Cancelled, as scope ${path} is run again`);
  }
}
