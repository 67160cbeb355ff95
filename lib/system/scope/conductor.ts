/**
 * What a scope does from its beginning to its end. Its rules:
 *
 * - There is one run at a time. What fails or is asked for meanwhile ends the run's waiting; the body is then
 *   run again, once, with the latest that was asked for.
 * - A run claims names. When the body has returned, what was not claimed is stopped, the last first.
 * - What fails is put to the policy, and what is to be started again is, when the body is run again.
 * - A run that fails for good leaves what stood before it: the program before is run again; or, if that is the
 *   same, what was replaced is made again, and what is new is stopped.
 * - What fails since a host is lost that is being reconnected is no failure: the scope keeps its value and is run
 *   again when whoever claimed the host gets it anew.
 * - While a scope is held, or has failed and what is around it has not answered yet, what stands goes on.
 */
import type { Milliseconds } from "../../clock/mod.ts";
import { printable } from "../../logs/mod.ts";
import type { ScopeState } from "../../model/mod.ts";
import { CancelledError, type Nursery, type Place, type Section } from "../../nursery/mod.ts";
import { describe } from "../../nursery/errors.ts";
import { canonical } from "../../service/canonical.ts";
import { relyingOnMemory } from "../../thread/memory.ts";
import type { Again, Answer, Ask, Policy } from "../policy/mod.ts";
import { History } from "../policy/history.ts";
import { Agenda } from "./agenda.ts";
import { type Entry, type EntryOwner, stopTogether } from "./entry.ts";
import { EndedError, ScopeError } from "./errors.ts";
import { failureOf, hostIn, kindOf, type Trouble, troubleOf } from "./failure.ts";
import type { Kin } from "./family.ts";
import type { Overrides, Program, Programs } from "./program.ts";
import { Roll } from "./roll.ts";
import { PATIENCE, Run } from "./run.ts";
import { firstDifference } from "./value.ts";
import { Waiters } from "./waiters.ts";

/** How a scope is run. */
export interface ScopeOptions<T> {
  readonly policy: Policy;
  /** Looks at the system when a run is done; what it throws fails the run. */
  readonly verify: ((value: T) => Promise<void>) | undefined;
}

/** Who is told of a scope. */
type Around = Pick<Place, "failed" | "changed" | "touched">;

/** What a run has come to. */
type Outcome<T> = { readonly value: T } | { readonly error: unknown } | undefined;

/** How a body is run. */
interface AttemptOptions {
  /** Whether what hosts have answered before does; it is out of date if the run fails. */
  readonly reliesOnMemory?: boolean;
  /** Settles when something more urgent has come. */
  readonly interruption?: (signal: AbortSignal) => Promise<void>;
}

/** Runs the body of one scope again and again. */
export class Conductor<A extends object, T> implements EntryOwner {
  readonly family: Kin<Entry>;
  /** Owns what stands. */
  readonly nursery: Nursery;
  readonly programs: Programs<A, T>;
  readonly roll: Roll = new Roll(this);
  readonly waiters: Waiters<T> = new Waiters();
  readonly history: History;
  options: ScopeOptions<T>;
  /** What is to be made anew in the next run though it stands. */
  readonly anew: Set<Entry> = new Set();
  /** What was touched since somebody cared. */
  touched: string[] = [];
  state: ScopeState = "running";
  reason: string | undefined;
  held: Ask | undefined;
  value: { readonly value: T; readonly text: string } | undefined;
  readonly #section: Section;
  readonly #around: Around;
  readonly #agenda: Agenda;
  /** What is unready, and when it is to be made anew if it still is. */
  readonly #doubted = new Map<Entry, Milliseconds>();
  #good: Program<A, T> | undefined;
  /** Whether what stands is what there is to go back to: no run has begun, or failed, since. */
  #isSettled = false;
  /** Whether the last run succeeded, so that what hosts have answered before counts. */
  #hasSucceeded = false;
  /** What it had been run with when it went back. */
  #tried: Overrides<A, T> | undefined;
  /** The value that what is around it was given, as text. */
  #told: string | undefined;
  /** What it asks about. */
  #asked: Trouble | undefined;
  #run: Run<T> | undefined;
  #isOver = false;
  #cancelled: CancelledError | undefined;
  /** How often in a row the value was another though nothing was made. */
  #changes = 0;
  #hasTouched = false;

  constructor(
    family: Kin<Entry>,
    nursery: Nursery,
    programs: Programs<A, T>,
    options: ScopeOptions<T>,
    section: Section,
    around: Around,
  ) {
    this.family = family;
    this.nursery = nursery;
    this.programs = programs;
    this.options = options;
    this.#section = section;
    this.#around = around;
    this.history = new History(nursery.clock);
    this.#agenda = new Agenda(nursery.clock);
  }

  get path(): string {
    return this.nursery.path;
  }

  /** The run that is under way, or whose tasks go on. */
  get run(): Run<T> | undefined {
    return this.#run;
  }

  /** The code around it waits for its body to be run; what that returns. */
  begin(signal: AbortSignal): Promise<T> {
    const value = this.waiters.add(true, signal);
    this.ask();
    return value;
  }

  /** The code around it gives another body, and other options. */
  give(program: Program<A, T>, options: ScopeOptions<T>): void {
    this.programs.give(program);
    this.options = options;
    if (this.state === "failed") this.history.forget();
  }

  /** Has the body run again, now. */
  ask(): void {
    this.held = undefined;
    this.#agenda.release();
    this.#agenda.runAt();
  }

  /** The task of the nursery. */
  async conduct(): Promise<void> {
    const { signal } = this.nursery;
    try {
      for (;;) {
        await this.#agenda.next(signal);
        signal.throwIfAborted();
        if (this.#isOver) return await this.#end();
        if (this.#agenda.hasTroubles) await this.#judge();
        else await this.#runOnce();
      }
    } finally {
      this.waiters.begin();
      this.waiters.reject(signal.reason ?? new ScopeError(this.path, "it has ended"));
    }
  }

  failed(entry: Entry, error: unknown): void {
    this.#agenda.add({ entry, kind: kindOf(error), error });
  }

  finished(entry: Entry): void {
    if (entry.made?.ends === "scope") {
      this.#isOver = true;
      this.#agenda.runAt();
    } else if (this.options.policy.cleanEnds) {
      this.#agenda.add({ entry, kind: "service", error: new EndedError(entry.path) });
    }
  }

  lost(): void {
    if (this.state === "standing") this.#stand();
  }

  doubted(entry: Entry, reason: string | undefined): void {
    if (reason === undefined) return void this.#doubted.delete(entry);
    this.#doubted.set(entry, Infinity);
    const error = new Error(`${entry.path} is unready: ${reason}`);
    this.#agenda.add({ entry, kind: "unready", error });
  }

  stale(entry: Entry): void {
    this.touch(`${entry.path} was stopped`);
  }

  made(entry: Entry, why: readonly string[]): void {
    const others = why.length === 0 ? "" : `, since these are others: ${why.join(", ")}`;
    this.touch(`${entry.path} was started${others}`);
    this.#doubted.delete(entry);
    this.history.recovered(entry.path);
  }

  /** Takes note of what was started or stopped in it. */
  touch(what: string): void {
    this.touched.push(what);
    this.#hasTouched = true;
    this.#around.touched(what);
  }

  changed(): void {
    this.#agenda.runAt();
  }

  /** Does what was answered to what it asked. */
  async answer(answer: Answer, error: unknown): Promise<void> {
    const asked = this.#asked;
    this.#asked = this.held = undefined;
    if (answer.kind === "again" && this.#tried) this.programs.redo(this.#tried);
    await this.#act(answer, asked, error);
    if (!this.held) this.#agenda.release();
  }

  async #act(answer: Answer, trouble: Trouble | undefined, error: unknown): Promise<void> {
    if (answer.kind === "again") return this.#again(answer, trouble);
    if (answer.kind === "leave" && trouble?.entry?.canBeLeft && !trouble.isOutcome) {
      return this.#leave(trouble.entry, error);
    }
    if (!this.#isSettled) await this.#goBack();
    if (answer.kind === "leave") this.#giveUp(error);
    else if (answer.kind === "ask") this.#ask(answer, trouble, error);
    else {
      const message = answer.reason ?? summary(error);
      this.#fail(new ScopeError(this.path, message, { cause: error }));
    }
  }

  /** Has the policy say what is done about what has failed. */
  async #judge(): Promise<void> {
    const seen = new Set<unknown>();
    let isAnswered = false;
    const troubles = this.#agenda.takeTroubles();
    for (let trouble = troubles.shift(); trouble; trouble = troubles.shift()) {
      const { entry, kind, error } = trouble;
      const isDown = entry && (kind === "unready" ? this.#doubted.has(entry) : entry.isDown);
      const isPast = entry && !isDown && !trouble.isOutcome;
      if (isPast || seen.has(error)) continue;
      seen.add(error);
      const waits = this.#waits(error);
      isAnswered ||= waits;
      if (waits) continue;
      const failure = failureOf(trouble, this.path, this.#good === undefined);
      const answer = this.#answerTo(failure);
      if (answer.kind === "leave") this.history.withdraw();
      if (answer.kind === "leave" && kind === "unready") continue;
      isAnswered = true;
      await this.#act(answer, trouble, error);
      if (answer.kind === "ask" || answer.kind === "fail") break;
    }
    for (const trouble of troubles) this.#agenda.add(trouble);
    // Nothing is wrong any more with what ended the run.
    if (!isAnswered && !this.#isSettled) this.#agenda.runAt();
  }

  /** Whether nothing is to be done about what failed, since its host comes back. */
  #waits(error: unknown): boolean {
    const host = hostIn(error);
    if (host === undefined || !this.value || !this.family.isAway(host)) return false;
    this.#wait([host]);
    this.waiters.rejectImpatient(new ScopeError(this.path, this.reason!, { cause: error }));
    this.waiters.resolve(this.value.value);
    return true;
  }

  #wait(hosts: readonly string[]): void {
    const [are, they] = hosts.length === 1 ? ["is", "it is"] : ["are", "they are"];
    const which = hosts.length === 1 ? "host" : "hosts";
    this.#become("waiting", `${which} ${hosts.join(", ")} ${are} lost; ${they} being reconnected`);
  }

  /** All stands that can be known of. */
  #stand(): void {
    const lost = this.roll.all.flatMap(({ lostHost }) => lostHost ?? []);
    if (lost.length > 0) this.#wait([...new Set(lost)]);
    else this.#become("standing", undefined);
  }

  #answerTo(failure: ReturnType<typeof failureOf>): Answer {
    const past = this.history.record(failure.path);
    try {
      const answer = this.options.policy(failure, past);
      if (answer.kind === "again") this.programs.check(answer.arguments as Partial<A> ?? {});
      return answer;
    } catch (cause) {
      const error = new Error(`the policy of scope ${this.path} threw: ${describe(cause)}`, {
        cause,
      });
      return { kind: "fail", reason: error.message };
    }
  }

  /** Takes note of what is to be run again, and when. */
  #again(answer: Again, trouble: Trouble | undefined): void {
    const due = this.nursery.clock.now() + answer.after;
    const { entry, kind } = trouble ?? {};
    if (answer.arguments) this.programs.override(answer.arguments as Partial<A>);
    if (entry && kind === "unready") this.#doubted.set(entry, due);
    else if (entry) entry.notBefore = due;
    if (entry?.isDone) this.anew.add(entry);
    if (answer.what !== "one") {
      const first = answer.what === "rest" ? entry : undefined;
      for (const each of this.roll.from(first)) this.anew.add(each);
    }
    this.#agenda.runAt(due);
    if (trouble) this.#become("backing off", summary(trouble.error));
  }

  /** Leaves it down; a run that it has ended is to be run again without it. */
  #leave(entry: Entry, error: unknown): void {
    entry.leave();
    this.#become("left", summary(error));
    if (!this.#isSettled) this.#agenda.runAt();
  }

  /** Leaves what there was before a run that failed. */
  #giveUp(error: unknown): void {
    this.#become("left", summary(error));
    this.waiters.rejectImpatient(new ScopeError(this.path, summary(error), { cause: error }));
    if (this.value) this.waiters.resolve(this.value.value);
    else this.waiters.reject(new ScopeError(this.path, summary(error), { cause: error }));
  }

  #ask(ask: Ask, trouble: Trouble | undefined, error: unknown): void {
    const choices = ask.choices(this.programs.named);
    const lines = choices.map(({ label, does }) => `\n  ${label}: ${does}`);
    const asks = new ScopeError(this.path, `${ask.question}${lines.join("")}`, { cause: error });
    if (!this.family.isAnswered) return this.#fail(asks);
    this.held = ask;
    this.#asked = trouble;
    this.#agenda.isHeld = true;
    this.#become("held", ask.question);
    this.waiters.rejectImpatient(asks);
    this.family.tellHeld(this.path);
  }

  #fail(error: ScopeError): void {
    this.#become("failed", summary(error.cause ?? error));
    this.#agenda.isHeld = true;
    const { isAwaited } = this.waiters;
    this.waiters.reject(error);
    if (!isAwaited) this.#around.failed(error);
  }

  async #runOnce(): Promise<void> {
    this.#agenda.begin();
    this.waiters.begin();
    this.#tried = undefined;
    this.held = undefined;
    this.#become("running", undefined);
    const reliesOnMemory = this.#hasSucceeded;
    this.#hasSucceeded = this.#isSettled = false;
    const now = this.nursery.clock.now();
    for (const [entry, due] of this.#doubted) {
      if (due > now) continue;
      this.#doubted.delete(entry);
      this.anew.add(entry);
    }
    await this.#endRun();
    await this.#stopAnew();
    const program = this.programs.current;
    const outcome = await this.#attempt(program, {
      reliesOnMemory,
      interruption: (signal) => this.#agenda.next(signal),
    });
    if (!outcome) return;
    if ("value" in outcome) return this.#succeed(program, outcome.value);
    this.nursery.signal.throwIfAborted();
    this.#agenda.add(troubleOf("body", outcome.error, (path) => this.roll.find(path)));
  }

  /** Runs a program; what it has come to, or nothing if something more urgent has come. */
  async #attempt(
    program: Program<A, T>,
    { reliesOnMemory = false, interruption }: AttemptOptions = {},
  ): Promise<Outcome<T>> {
    this.#section.begin();
    const entryOf = (name: string) => this.roll.entry(name);
    const runBody = (nursery: Nursery) => this.#body(program, reliesOnMemory, nursery);
    const run = new Run(this, this.nursery, runBody, entryOf);
    this.#run = run;
    const over = new AbortController();
    try {
      const done = run.value.then((value) => ({ value }));
      const interrupted = interruption?.(over.signal).then(() => undefined);
      const first = await Promise.race([done, ...(interrupted ? [interrupted] : [])]);
      if (!first) return void run.abort(this.#whyAgain);
      await this.roll.keep(run.claimed);
      run.ended.catch((error) => this.#taskFailed(run, error));
      return first;
    } catch (error) {
      return { error };
    } finally {
      over.abort(null);
    }
  }

  async #body(
    { body, values }: Program<A, T>,
    reliesOnMemory: boolean,
    nursery: Nursery,
  ): Promise<T> {
    const value = await relyingOnMemory(reliesOnMemory, () => body(nursery, values));
    await this.options.verify?.(value);
    return value;
  }

  #taskFailed(run: Run<T>, error: unknown): void {
    if (this.#run !== run || run.signal.aborted) return;
    this.#agenda.add(troubleOf("task", error, () => undefined));
  }

  /** One error for all runs: to make one takes long, and it says the same. */
  get #whyAgain(): CancelledError {
    return this.#cancelled ??= new CancelledError(`Cancelled, as scope ${this.path} is run again`);
  }

  #succeed(program: Program<A, T>, value: T): void {
    const before = this.value?.text;
    const { text } = canonical(value);
    this.value = { value, text };
    const isSame = this.#good !== undefined && isEqual(this.#good, program);
    this.#good = program;
    this.#hasSucceeded = this.#isSettled = true;
    this.programs.keep();
    const isOther = before !== undefined && before !== text;
    this.#changes = isOther && isSame && !this.#hasTouched ? this.#changes + 1 : 0;
    this.#hasTouched = false;
    if (this.#changes > 1) {
      const field = firstDifference(before!, text);
      const error = new Error(
        `the body of scope ${this.path} returns another value each time, though nothing that it started ` +
          `is another: ${field}. What happens once in a program stands outside of the body`,
      );
      return this.#agenda.add({ entry: undefined, kind: "body", error, isOutcome: true });
    }
    this.#stand();
    this.#tellValue(text);
    this.waiters.resolve(value);
  }

  /** Tells what is around it if its value is not what that was given, unless the next run will. */
  #tellValue(text: string): void {
    if (this.waiters.isAwaited) this.#told = text;
    else if (text !== this.#told && !this.#agenda.isDue) this.#around.changed();
  }

  /** Leaves what there was before a run that failed. */
  async #goBack(): Promise<void> {
    await this.#endRun();
    this.#isSettled = true;
    const good = this.#good;
    const isOther = good && !isEqual(good, this.programs.current);
    this.#tried = this.programs.goBack();
    if (isOther) {
      const outcome = await this.#attempt(good);
      if (outcome && "value" in outcome) return this.#isBack(outcome.value);
      await this.#endRun();
    }
    this.#section.begin();
    await this.roll.restore();
  }

  /** The program before has been run again: what it returned may have other processes in it. */
  #isBack(value: T): void {
    const before = this.value?.text;
    const { text } = canonical(value);
    this.value = { value, text };
    if (text !== before) this.#tellValue(text);
  }

  /** Has what is to be made anew stop, the last first. */
  async #stopAnew(): Promise<void> {
    const anew = this.roll.all.filter((entry) => this.anew.has(entry));
    this.anew.clear();
    for (const entry of anew) {
      entry.makeStale();
      this.touch(`${entry.path} was stopped`);
    }
    await Promise.all(anew.map((entry) => entry.unmake()));
    await stopTogether(this, anew);
  }

  /** Waits until the body of the run before and its tasks have ended; while they do not, the scope is held. */
  async #endRun(): Promise<void> {
    const run = this.#run;
    if (!run) return;
    run.abort(this.#whyAgain);
    if (!await run.isOver()) {
      const { state, reason } = this;
      this.#become(
        "held",
        `its body or a task of it does not end, ${PATIENCE / 1000} s after it was told to`,
      );
      await run.ended.catch(() => {});
      this.#become(state, reason);
    }
    this.#run = undefined;
  }

  async #end(): Promise<void> {
    await this.#endRun();
    await this.roll.stop();
    this.#become("ended", undefined);
    if (this.value) this.waiters.resolve(this.value.value);
  }

  #become(state: ScopeState, reason: string | undefined): void {
    if (this.state === state && this.reason === reason) return;
    this.state = state;
    this.reason = reason === undefined ? undefined : printable(reason);
    this.family.model.tell({ kind: "scope-changed", path: this.path, state, reason: this.reason });
  }
}

/** The first line of what an error says. */
function summary(error: unknown): string {
  return describe(error).split("\n")[0]!;
}

/** Whether two would run the same. */
function isEqual<A, T>(one: Program<A, T>, other: Program<A, T>): boolean {
  return one.body === other.body && canonical(one.values).text === canonical(other.values).text;
}
