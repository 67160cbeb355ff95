/**
 * One name of a scope, and what stands under it. Its rules:
 *
 * - What stands and was made of the same is adopted; what was made of something else is replaced.
 * - Those that hold the process that is to go are stopped before it; they start again when they are claimed.
 * - What was begun to be made goes on when the run that wanted it is over: the next may want it, too.
 * - What is on a lost host that is being reconnected is left as it is: nobody knows what has become of it.
 * - What was stopped by somebody else, or is left down, stays so, until it is to be made of something else.
 */
import { HostLostError } from "../../agent/mod.ts";
import { abortable, type Milliseconds } from "../../clock/mod.ts";
import type { Claim, Nursery, Place, Standing } from "../../nursery/mod.ts";
import { Section } from "../../nursery/section.ts";
import { difference } from "../../service/fingerprint.ts";
import { EndedError } from "./errors.ts";
import type { Kin } from "./family.ts";

/** What an entry is of, and who is told what becomes of it. */
export interface EntryOwner {
  readonly family: Kin<Entry>;
  /** Owns what stands. */
  readonly nursery: Nursery;
  /** It had been usable, and has failed; or could not be made, and nobody waited for it. */
  failed(entry: Entry, error: unknown): void;
  finished(entry: Entry): void;
  /** Its host was lost, and is being reconnected. */
  lost(): void;
  doubted(entry: Entry, reason: string | undefined): void;
  /** Its value is another, though nobody asked for that. */
  changed(): void;
  /** Something in it was started or stopped. */
  touch(what: string): void;
  /** It was stopped for another scope's sake, and has to be claimed again. */
  stale(entry: Entry): void;
  /** It was made; or made anew, since these fields are others. */
  made(entry: Entry, why: readonly string[]): void;
}

/** Something that is being made. */
interface Making {
  readonly claim: Claim<unknown>;
  readonly abort: AbortController;
  readonly done: Promise<void>;
  waiting: number;
}

const NOT_WANTED = new DOMException("It is not wanted any more", "AbortError");

/** What stands under one name. */
export class Entry {
  readonly name: string;
  readonly path: string;
  readonly owner: EntryOwner;
  /** An error that was made where it was claimed. */
  place: Error | undefined;
  /** What it was made of. */
  made: Claim<unknown> | undefined;
  /** What it was made of when a run last succeeded. */
  kept: Claim<unknown> | undefined;
  standing: Standing<unknown> | undefined;
  /** Why it is down, if it failed. */
  failure: unknown;
  /** When it may be made again. */
  notBefore: Milliseconds = -Infinity;
  #isStale = false;
  #isDone = false;
  #isLeft = false;
  /** Whether it failed by itself, and not since it was to be another. */
  #isBroken = false;
  #stopping: Promise<void> | undefined;
  #making: Making | undefined;
  #news: News | undefined;

  constructor(owner: EntryOwner, name: string) {
    this.owner = owner;
    this.name = name;
    this.path = owner.nursery.pathOf(name);
  }

  /** Whether something stands. */
  get isStanding(): boolean {
    return this.standing !== undefined && !this.standing.isOver;
  }

  /** Its host, if that is lost and is being reconnected. */
  get lostHost(): string | undefined {
    const host = this.standing?.host;
    return host?.lost && this.owner.family.isKept(host) ? host.name : undefined;
  }

  /** Whether it has ended by itself or failed, and was not made again yet. */
  get isDown(): boolean {
    return (this.failure !== undefined || this.#isDone) && !this.isStanding && !this.#making;
  }

  /** Whether it has ended by itself, as it was to. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Whether it was stopped by somebody outside or left down, and so is to stay. */
  get isLeft(): boolean {
    if (!this.standing || this.#isStale) return false;
    return this.standing.wasStopped || this.#isLeft;
  }

  /** It is to stay down, until it is to be made anew or of something else. */
  leave(): void {
    this.#isLeft = true;
  }

  /** Makes of it what is claimed, if it is not; returns what the caller gets. */
  async be<T>(claim: Claim<T>, signal: AbortSignal): Promise<T> {
    const making = this.#making;
    if (making && !this.#isStale && isSame(making.claim, claim)) {
      await this.#wait(making, signal);
    } else if (making) {
      making.abort.abort(NOT_WANTED);
      await abortable(Promise.allSettled([making.done]), signal);
    }
    if (this.#stopping) await abortable(this.#stopping, signal);
    if (!this.#isRight(claim)) {
      await this.#due(signal);
      if (!this.#isRight(claim)) {
        await this.#wait(this.#make(claim), signal);
        return (this.standing as Standing<T>).value;
      }
    }
    return await claim.adopt(this.standing as Standing<T>, this.owner.nursery);
  }

  /** Has what stands be made anew when it is claimed next. */
  makeStale(): void {
    this.#isStale = true;
  }

  /** What is being made is not wanted any more; settles when there is nothing of it. */
  async unmake(): Promise<void> {
    this.#making?.abort.abort(NOT_WANTED);
    await this.#making?.done.catch(() => {});
  }

  /** It is not on the roll any more. */
  forget(): void {
    if (this.made) this.owner.family.release(this, this.made.holds);
    this.made = undefined;
    this.standing = undefined;
  }

  /** Takes note that it ends, as it was asked to. */
  ending(): Promise<void> {
    const { standing } = this;
    if (!standing) return Promise.resolve();
    standing.end();
    return this.#stopping ??= standing.over.finally(() => {
      this.#stopping = undefined;
    });
  }

  /** Has again what there was when a run last succeeded; what cannot be made again is down. */
  async restore(): Promise<void> {
    const { kept, standing, owner: { family } } = this;
    if (!kept) return;
    if (standing && this.#isRight(kept)) return await this.#rejoin(kept, standing);
    if (this.#isBroken || [...kept.holds].some((instance) => !family.stands(instance))) return;
    await this.#wait(this.#make(kept), this.owner.nursery.signal).catch(() => {});
  }

  /** Takes its place in the order of stopping, as if it were claimed now; a scope is not run for that. */
  async #rejoin(claim: Claim<unknown>, standing: Standing<unknown>): Promise<void> {
    const { turn } = standing;
    if (!(turn instanceof Section)) return void await claim.adopt(standing, this.owner.nursery);
    turn.again();
    turn.ready();
  }

  #isRight(claim: Claim<unknown>): boolean {
    if (this.#isStale || !this.made || !isSame(this.made, claim)) return false;
    if (this.isStanding || this.#isDone || this.isLeft) return true;
    return this.lostHost !== undefined && claim.host === this.standing?.host;
  }

  async #due(signal: AbortSignal): Promise<void> {
    const { clock } = this.owner.nursery;
    const left = this.notBefore - clock.now();
    if (left > 0) await clock.sleep(left, { signal });
  }

  #make(claim: Claim<unknown>): Making {
    const abort = new AbortController();
    const done = this.#replace(claim, abort.signal);
    const making: Making = { claim, abort, done, waiting: 0 };
    this.#making = making;
    done.catch((error) => {
      if (making.waiting > 0 || abort.signal.aborted || this.owner.nursery.signal.aborted) return;
      this.owner.failed(this, error);
    }).finally(() => {
      if (this.#making === making) this.#making = undefined;
    });
    return making;
  }

  async #wait(making: Making, signal: AbortSignal): Promise<void> {
    making.waiting++;
    try {
      await abortable(making.done, signal);
    } finally {
      making.waiting--;
    }
  }

  async #replace(claim: Claim<unknown>, signal: AbortSignal): Promise<void> {
    const { family, nursery } = this.owner;
    if (claim.host?.lost) throw notOn(claim.host.name, this.path);
    const old = this.made?.kind === claim.kind ? this.standing : undefined;
    const overlaps = claim.overlaps && old && !old.isOver && !this.#isStale;
    const holders = [...family.holdersOf(this.standing?.instance)];
    for (const holder of holders) {
      holder.makeStale();
      holder.owner.stale(holder);
    }
    await stopTogether(nursery, overlaps ? holders : [this, ...holders]);
    signal.throwIfAborted();
    const news = new News(this, claim);
    const why = this.made ? difference(this.made.fingerprint, claim.fingerprint) : [];
    try {
      const standing = await claim.start({ nursery, signal, ...news.place }, old);
      if (this.made) family.release(this, this.made.holds);
      this.standing = standing;
      this.made = claim;
    } catch (error) {
      if (!this.isStanding) this.failure = error;
      throw error;
    }
    family.hold(this, claim.holds);
    this.#isStale =
      this.#isDone =
      this.#isBroken =
      this.#isLeft =
        false;
    this.failure = undefined;
    this.#news = news;
    this.owner.made(this, why);
    news.begin(() => this.#news === news && !this.#stopping && !this.#making);
  }

  /** It ended by itself, as it was to. */
  done(): void {
    this.#isDone = true;
    this.owner.finished(this);
  }

  /** It is down, for this reason. */
  fail(error: unknown): void {
    if (this.lostHost !== undefined) return this.owner.lost();
    this.failure = error;
    this.#isBroken = true;
    this.owner.failed(this, error);
  }
}

/** Stops what stands under these names, each after those of them that used it. */
export async function stopTogether(nursery: Nursery, entries: readonly Entry[]): Promise<void> {
  const standing = entries.filter(({ isStanding }) => isStanding);
  for (const entry of entries) if (!entry.isStanding) entry.standing?.end();
  nursery.stopOrdered(standing.map((entry) => entry.standing!.turn));
  await Promise.all(standing.map((entry) => entry.ending()));
}

/** What becomes of one thing that was made: it counts from when it stands, until it is not what stands. */
class News {
  readonly #entry: Entry;
  readonly #claim: Claim<unknown>;
  readonly #early: (() => void)[] = [];
  #counts: (() => boolean) | undefined;

  constructor(entry: Entry, claim: Claim<unknown>) {
    this.#entry = entry;
    this.#claim = claim;
  }

  get place(): Pick<Place, "failed" | "finished" | "doubted" | "changed" | "touched"> {
    const { owner } = this.#entry;
    return {
      changed: () => this.#tell(() => owner.changed()),
      touched: (what) => owner.touch(what),
      failed: (error) => this.#tell(() => this.#entry.fail(error)),
      finished: () => this.#tell(() => this.#finish()),
      doubted: (reason) => this.#tell(() => this.#entry.owner.doubted(this.#entry, reason)),
    };
  }

  /** It stands: what came of it already is told now. */
  begin(counts: () => boolean): void {
    this.#counts = () => counts();
    queueMicrotask(() => {
      for (const tell of this.#early.splice(0)) this.#tell(tell);
    });
  }

  #tell(tell: () => void): void {
    if (!this.#counts) this.#early.push(tell);
    else if (this.#counts()) tell();
  }

  #finish(): void {
    if (this.#claim.ends === "never") this.#entry.fail(new EndedError(this.#entry.path));
    else this.#entry.done();
  }
}

function notOn(host: string, path: string): HostLostError {
  return new HostLostError(host, `Cannot start ${path}: host ${host} is lost`);
}

function isSame(one: Claim<unknown>, other: Claim<unknown>): boolean {
  if (one === other) return true;
  return one.kind === other.kind && difference(one.fingerprint, other.fingerprint).length === 0;
}
