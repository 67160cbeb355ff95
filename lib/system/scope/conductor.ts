/**
 * What a scope does from its beginning to its end. Its rules:
 *
 * - There is one run at a time. What fails or is asked for meanwhile ends the run's waiting; the body is then
 *   run again, once, with the latest that was asked for.
 * - A run claims names. When the body has returned, what was not claimed is stopped, the last first.
 * - What fails is put to the policy, and what is to be started again is, when the body is run again.
 * - A run that fails for good leaves what stood before it: the program before is run again; or, if that is the
 *   same, what was replaced is made again, and what is new is stopped.
 * - What an earlier program has left, and what has taken its place, is not stopped for a first run that fails.
 * - What fails since a host is lost that is being reconnected is no failure: the scope keeps its value and is run
 *   again when whoever claimed the host gets it anew.
 * - While a scope is held, or has failed and what is around it has not answered yet, what stands goes on.
 */
import type { Nursery, Section } from "../../nursery/mod.ts";
import { describe, summary } from "../../nursery/errors.ts";
import { canonical } from "../../service/canonical.ts";
import { Estate } from "../../service/estate.ts";
import type { Again, Answer, Ask, Policy } from "../policy/mod.ts";
import { History } from "../policy/history.ts";
import { Agenda } from "./agenda.ts";
import { Attempts } from "./attempts.ts";
import { type Entry, stopTogether } from "./entry.ts";
import { ScopeError } from "./errors.ts";
import { failureOf, hostIn, type Trouble, troubleOf } from "./failure.ts";
import type { Kin } from "./family.ts";
import type { Overrides, Program, Programs } from "./program.ts";
import { Roll } from "./roll.ts";
import type { Result, Run } from "./run.ts";
import { Status } from "./status.ts";
import { firstDifference } from "./value.ts";
import { Waiters } from "./waiters.ts";
import { type Around, Watch } from "./watch.ts";

/** How a scope is run. */
export interface ScopeOptions<T> {
  readonly policy: Policy;
  /** Looks at the system when a run is done; what it throws fails the run. */
  readonly verify: ((value: T) => Promise<void>) | undefined;
}

/** Runs the body of one scope again and again. */
export class Conductor<A extends object, T> {
  readonly family: Kin<Entry>;
  /** Owns what stands. */
  readonly nursery: Nursery;
  readonly programs: Programs<A, T>;
  /** Hears of what stands in it. */
  readonly watch: Watch;
  readonly roll: Roll;
  readonly status: Status;
  readonly waiters: Waiters<T> = new Waiters();
  readonly history: History;
  options: ScopeOptions<T>;
  /** What is to be made anew in the next run though it stands. */
  readonly anew: Set<Entry> = new Set();
  held: Ask | undefined;
  /** Whether it is over, and will not be run again. */
  hasEnded = false;
  value: Result<T> | undefined;
  readonly #attempts: Attempts<A, T>;
  readonly #section: Section;
  readonly #around: Around;
  readonly #isOutermost: boolean;
  readonly #agenda: Agenda;
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
  /** How often in a row the value was another though nothing was made. */
  #changes = 0;

  constructor(
    family: Kin<Entry>,
    nursery: Nursery,
    programs: Programs<A, T>,
    options: ScopeOptions<T>,
    section: Section,
    around: Around,
    isOutermost: boolean,
  ) {
    this.family = family;
    this.nursery = nursery;
    this.programs = programs;
    this.options = options;
    this.#section = section;
    this.#around = around;
    this.#isOutermost = isOutermost;
    const history = this.history = new History(nursery.clock);
    const agenda = this.#agenda = new Agenda(nursery.clock);
    const status = this.status = new Status(nursery.path, () => family.model);
    this.watch = new Watch({
      ...{ family, nursery, around, agenda, history },
      isRunning: () => this.run?.isOpen === true,
      minds: () => this.options.policy.cleanEnds === true,
      lost: () => {
        if (status.state === "standing") this.#stand();
      },
    });
    const roll = this.roll = new Roll(this.watch);
    this.#attempts = new Attempts({
      ...{ scope: this, nursery, section, roll, status },
      verify: (value) => this.options.verify?.(value),
      prune: () => this.#prune(),
      taskFailed: (error) => agenda.add(troubleOf("task", error, () => undefined)),
    });
  }

  get path(): string {
    return this.nursery.path;
  }

  /** The run that is under way, or whose tasks go on. */
  get run(): Run<T> | undefined {
    return this.#attempts.run;
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
    if (this.status.state === "failed") this.history.forget();
  }

  /** Whether it has what was given to it last, or has gone back to that. */
  get isAsGiven(): boolean {
    return this.#isSettled && this.#good !== undefined &&
      isEqual(this.#good, this.programs.current);
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
        if (this.watch.isOver) return await this.#end();
        if (this.#agenda.hasTroubles) await this.#judge();
        else await this.#runOnce();
      }
    } finally {
      this.hasEnded = true;
      this.waiters.begin();
      this.waiters.reject(signal.reason ?? new ScopeError(this.path, "it has ended"));
    }
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
      const isDown = entry && (kind === "unready" ? this.watch.doubts.has(entry) : entry.isDown);
      const isPast = entry && !isDown && !trouble.isOutcome;
      if (isPast || seen.has(error)) continue;
      seen.add(error);
      const waits = this.#waits(error);
      isAnswered ||= waits;
      if (waits) continue;
      const failure = failureOf(trouble, this.path, this.#good === undefined);
      const answer = this.#answerTo(failure);
      // What is unready counts when it is made anew for that.
      if (answer.kind === "leave" || kind === "unready") this.history.withdraw();
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
    this.status.waitFor([host]);
    this.waiters.rejectImpatient(new ScopeError(this.path, this.status.reason!, { cause: error }));
    this.waiters.resolve(this.value.value);
    return true;
  }

  /** All stands that can be known of. */
  #stand(): void {
    const lost = this.roll.all.flatMap(({ lostHost }) => lostHost ?? []);
    if (lost.length > 0) this.status.waitFor([...new Set(lost)]);
    else this.status.become("standing");
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
    if (entry && kind === "unready") this.watch.doubts.set(entry, due);
    else if (entry) entry.notBefore = due;
    if (entry?.isDone) this.anew.add(entry);
    if (answer.what !== "one") {
      const first = answer.what === "rest" ? entry : undefined;
      for (const each of this.roll.from(first)) this.anew.add(each);
    }
    this.#agenda.runAt(due);
    if (trouble) this.status.become("backing off", summary(trouble.error));
  }

  /** Leaves it down; a run that it has ended is to be run again without it. */
  #leave(entry: Entry, error: unknown): void {
    entry.leave();
    this.status.become("left", summary(error));
    if (!this.#isSettled) this.#agenda.runAt();
  }

  /** Leaves what there was before a run that failed. */
  #giveUp(error: unknown): void {
    const message = summary(error);
    const why = new ScopeError(this.path, message, { cause: error });
    this.status.become("left", message);
    this.waiters.rejectImpatient(why);
    if (this.value) this.waiters.resolve(this.value.value);
    else this.waiters.reject(why);
  }

  #ask(ask: Ask, trouble: Trouble | undefined, error: unknown): void {
    const choices = ask.choices(this.programs.named);
    const lines = choices.map(({ label, does }) => `\n  ${label}: ${does}`);
    const asks = new ScopeError(this.path, `${ask.question}${lines.join("")}`, { cause: error });
    if (!this.family.isAnswered) return this.#fail(asks);
    this.held = ask;
    this.#asked = trouble;
    this.#hold();
    this.status.become("held", ask.question);
    this.waiters.rejectImpatient(asks);
    this.family.tellHeld(this.path);
  }

  #fail(error: ScopeError): void {
    this.status.become("failed", summary(error.cause ?? error));
    this.#hold();
    // Who has asked for a run meanwhile is told what that comes to.
    const { isAwaited, isRequested } = this.waiters;
    this.waiters.reject(error);
    if (!isAwaited && !isRequested) this.#around.failed(error);
  }

  /** Nothing is done before somebody has answered, but for who has asked for a run meanwhile. */
  #hold(): void {
    this.#agenda.isHeld = !this.waiters.isRequested;
  }

  async #runOnce(): Promise<void> {
    this.#agenda.begin();
    this.waiters.begin();
    this.#tried = undefined;
    this.held = undefined;
    this.status.become("running");
    const reliesOnMemory = this.#hasSucceeded;
    this.#hasSucceeded = this.#isSettled = false;
    const now = this.nursery.clock.now();
    for (const [entry, due] of this.watch.doubts) {
      if (due > now) continue;
      this.watch.doubts.delete(entry);
      this.history.record(entry.path);
      this.anew.add(entry);
    }
    await this.#attempts.end();
    await this.#stopAnew();
    const program = this.programs.current;
    const outcome = await this.#attempts.make(program, {
      reliesOnMemory,
      interruption: (signal) => this.#agenda.next(signal),
    });
    if (!outcome) return;
    if ("value" in outcome) return this.#succeed(program, outcome);
    this.nursery.signal.throwIfAborted();
    this.#agenda.add(troubleOf("body", outcome.error, (path) => this.roll.find(path)));
  }

  #succeed(program: Program<A, T>, result: Result<T>): void {
    const before = this.value?.text;
    const { value, text } = this.value = result;
    const isSame = this.#good !== undefined && isEqual(this.#good, program);
    this.#good = program;
    this.#hasSucceeded = this.#isSettled = true;
    this.programs.keep();
    const isOther = before !== undefined && before !== text;
    this.#changes = isOther && isSame && !this.watch.hasTouched ? this.#changes + 1 : 0;
    this.watch.hasTouched = false;
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
    this.#tellOthers();
    this.waiters.resolve(value);
    if (this.watch.isOver) this.#agenda.runAt();
  }

  /** Tells what is around it if its value is not what that was given, unless the next run will. */
  #tellValue(text: string): void {
    if (this.waiters.isAwaited) this.#told = text;
    else if (text !== this.#told && !this.#agenda.isDue) this.#around.changed();
  }

  /** Has started again what was stopped for the sake of this one: here, and in what is around it. */
  #tellOthers(): void {
    if (this.roll.all.some(({ isStale, failure }) => isStale && failure === undefined)) {
      this.#agenda.runAt();
    }
    if (!this.watch.hasDisturbed) return;
    this.watch.hasDisturbed = false;
    this.#around.disturbed();
  }

  /** Leaves what there was before a run that failed. */
  async #goBack(): Promise<void> {
    await this.#attempts.end();
    this.#isSettled = true;
    const good = this.#good;
    const isOther = good && !isEqual(good, this.programs.current);
    this.#tried = this.programs.goBack();
    if (isOther) {
      const outcome = await this.#attempts.make(good);
      if (outcome && "value" in outcome) return this.#isBack(outcome);
      await this.#attempts.end();
    }
    if (!good && Estate.of(this.nursery).isOpen) return;
    this.#section.begin();
    await this.roll.restore();
  }

  /** The program before has been run again: what it returned may have other processes in it. */
  #isBack(result: Result<T>): void {
    const before = this.value?.text;
    this.value = result;
    if (result.text !== before) this.#tellValue(result.text);
  }

  /** Has what is to be made anew stop, the last first. */
  async #stopAnew(): Promise<void> {
    const anew = this.roll.all.filter((entry) => this.anew.has(entry));
    this.anew.clear();
    for (const entry of anew) entry.makeStale();
    await Promise.all(anew.map((entry) => entry.unmake()));
    await stopTogether(this.watch, anew);
  }

  /** Ends what earlier programs have left below it, when all that is in it has been claimed. */
  async #prune(): Promise<void> {
    if (!this.#isOutermost) return;
    const gone = await Estate.of(this.nursery).prune(this.path);
    for (const path of gone) this.watch.touch(`${path} was stopped`);
  }

  async #end(): Promise<void> {
    await this.#attempts.end();
    await this.roll.stop();
    this.status.become("ended");
    if (this.value) this.waiters.resolve(this.value.value);
  }
}

/** Whether two would run the same. */
function isEqual<A, T>(one: Program<A, T>, other: Program<A, T>): boolean {
  return one.body === other.body && canonical(one.values).text === canonical(other.values).text;
}
