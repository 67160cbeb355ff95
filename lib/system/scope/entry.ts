/**
 * One name of a scope, and what stands under it. Its rules:
 *
 * - What stands and was made of the same is adopted; what was made of something else is replaced.
 * - Those that hold the process that is to go are stopped before it; they start again when they are claimed.
 * - What was begun to be made goes on when the run that wanted it is over: the next may want it, too.
 * - What is on a lost host that is being reconnected is left as it is: nobody knows what has become of it.
 * - What was stopped by somebody else, or is left down, stays so, until it is to be made of something else.
 * - What an earlier program has left stands as if an earlier run had made it.
 */
import { HostLostError } from "../../agent/mod.ts";
import { abortable, type Milliseconds, seconds, within } from "../../clock/mod.ts";
import { CancelledError, type Claim, type Nursery, type Standing } from "../../nursery/mod.ts";
import { Estate } from "../../service/estate.ts";
import { difference } from "../../service/fingerprint.ts";
import { LateError } from "./errors.ts";
import type { Kin } from "./family.ts";
import { claimOf } from "./left.ts";
import { News, type Told } from "./news.ts";
import { PATIENCE } from "./patience.ts";

/** What an entry is of, and who is told what becomes of it. */
export interface EntryOwner {
  readonly family: Kin<Entry>;
  /** Owns what stands. */
  readonly nursery: Nursery;
  /** It had been usable, and has failed. */
  failed(entry: Entry, error: unknown): void;
  finished(entry: Entry): void;
  /** Its host was lost, and is being reconnected. */
  lost(): void;
  doubted(entry: Entry, reason: string | undefined): void;
  /** Its value is another, though nobody asked for that. */
  changed(): void;
  /** Something in another scope was stopped for its sake. */
  disturbs(): void;
  /** A scope in it has stopped something outside of itself: all is to be run again. */
  disturbed(): void;
  /** Something in it was started or stopped. */
  touch(what: string): void;
  /** It is stopped, and to be made anew when it is claimed. */
  stale(entry: Entry): void;
  /** It was made; or made anew, since these fields are others. */
  made(entry: Entry, why: readonly string[]): void;
}

/** Something that is being made. */
interface Making {
  readonly claim: Claim<unknown>;
  readonly abort: AbortController;
  readonly done: Promise<void>;
}

/** How long one waits that was given what is gone. */
const LATE: Milliseconds = seconds(10);

/** Why what is being made is given up. */
class NotWantedError extends CancelledError {}

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
  /** What stood last, whose place the next takes. */
  #last: { readonly kind: string; readonly standing: Standing<unknown> } | undefined;
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

  /** The process that it is, or those that are in it. */
  get instances(): readonly bigint[] {
    const { instance, instances = [] } = this.standing ?? {};
    return instance === undefined ? instances : [instance];
  }

  /** All that hold the process that it is, and those that hold theirs. */
  get holders(): ReadonlySet<Entry> {
    return this.owner.family.holdersOf(this.instances);
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
    const hasEnded = this.#isDone && !this.isStanding;
    return (this.failure !== undefined || hasEnded) && !this.#making;
  }

  /** Whether it is to be made anew when it is claimed next. */
  get isStale(): boolean {
    return this.#isStale;
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

  /** Whether there is something of it that can be left down. */
  get canBeLeft(): boolean {
    return this.standing !== undefined && this.standing.isOver;
  }

  /** It is to stay down, until it is to be made anew or of something else. */
  leave(): void {
    this.#isLeft = true;
  }

  /** Makes of it what is claimed, if it is not; returns what the caller gets. */
  async be<T>(claim: Claim<T>, signal: AbortSignal): Promise<T> {
    const making = this.#making;
    const isWanted = making && !this.#isStale && !making.abort.signal.aborted;
    if (isWanted && isSame(making.claim, claim)) await this.#wait(making, signal);
    else if (making) await abortable(this.unmake(), signal);
    if (this.#stopping) await abortable(this.#stopping, signal);
    if (!this.#isRight(claim)) {
      await this.#due(claim, signal);
      signal.throwIfAborted();
      await this.#wait(this.#make(claim), signal);
    }
    return await this.#adopt(claim, signal);
  }

  async #adopt<T>(claim: Claim<T>, signal: AbortSignal): Promise<T> {
    try {
      this.made = claim;
      const value = await claim.adopt(this.standing as Standing<T>, this.owner.nursery, signal);
      if (!this.isStanding) return value;
      this.failure = undefined;
      this.#isBroken = false;
      return value;
    } catch (error) {
      if (!signal.aborted) this.failure = error;
      throw error;
    }
  }

  /** Has what stands be made anew when it is claimed next. */
  makeStale(): void {
    this.#isStale = true;
    this.owner.stale(this);
  }

  /** Whether something is being made of it that holds none of these. */
  isBecoming(gone: ReadonlySet<bigint>): boolean {
    return this.#making?.claim.holds.isDisjointFrom(gone) === true;
  }

  /** What is being made is not wanted any more; settles when there is nothing of it. */
  async unmake(): Promise<void> {
    const making = this.#making;
    if (!making) return;
    making.abort.abort(new NotWantedError("It is not wanted any more"));
    const done = making.done.catch(() => {});
    if (await within(this.owner.nursery.clock, PATIENCE, done)) return;
    if (this.#making === making) this.#making = undefined;
  }

  /** It is not on the roll any more. */
  forget(): void {
    this.#clear();
  }

  /** Takes note that it ends, as it was asked to. */
  ending(): Promise<void> {
    const { standing, instances, owner: { family: { leaving } } } = this;
    if (!standing) return Promise.resolve();
    standing.end();
    for (const instance of instances) leaving.add(instance);
    return this.#stopping ??= standing.over.finally(() => {
      this.#stopping = undefined;
      for (const instance of instances) leaving.delete(instance);
    });
  }

  /** Has again what there was when a run last succeeded; what cannot be made again is down. */
  async restore(): Promise<void> {
    await this.unmake();
    await this.#stopping;
    const { kept, standing } = this;
    if (!kept) return;
    if (standing && this.#isRight(kept)) return await this.#rejoin(kept, standing);
    if (this.#isBroken || kept.isLate) return;
    await this.#wait(this.#make(kept), this.owner.nursery.signal).catch(() => {});
  }

  /** Takes its place in the order of stopping, as if it were claimed now. */
  async #rejoin(claim: Claim<unknown>, standing: Standing<unknown>): Promise<void> {
    const { nursery } = this.owner;
    this.made = claim;
    if (!claim.restore) return void await claim.adopt(standing, nursery, nursery.signal);
    await claim.restore(standing, nursery, nursery.signal).catch((error) => this.failure = error);
  }

  #isRight(claim: Claim<unknown>): boolean {
    if (this.#isStale || !this.made || !isSame(this.made, claim)) return false;
    if (this.isStanding || this.#isDone || this.isLeft) return true;
    return this.lostHost !== undefined && claim.host === this.standing?.host;
  }

  /** Waits until it may be made. */
  async #due(claim: Claim<unknown>, signal: AbortSignal): Promise<void> {
    const { clock } = this.owner.nursery;
    const left = this.notBefore - clock.now();
    if (left > 0) await clock.sleep(left, { signal });
    await this.#checkGiven(claim, signal);
  }

  /** What was given a process that is gone waits for the run that has the next one, but not for ever. */
  async #checkGiven(claim: Claim<unknown>, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { leaving } = this.owner.family;
    if (!claim.isLate && claim.holds.isDisjointFrom(leaving)) return;
    await this.#waitForNext(signal);
  }

  async #waitForNext(signal: AbortSignal): Promise<never> {
    const { nursery } = this.owner;
    const end = AbortSignal.any([signal, nursery.signal]);
    await nursery.clock.sleep(LATE, { signal: end });
    throw new LateError(this.path);
  }

  #make(claim: Claim<unknown>): Making {
    const abort = new AbortController();
    const done = Promise.withResolvers<void>();
    const making: Making = { claim, abort, done: done.promise };
    this.#making = making;
    // That it fails is for those who wait; who claims it when nobody does any more has it made again.
    done.promise.catch(() => {});
    // What is being made belongs to the nursery, which has not ended before that is settled.
    this.owner.nursery.spawn(async () => {
      try {
        if (!await this.#inherit(claim, abort.signal)) await this.#replace(claim, abort.signal);
        done.resolve();
      } catch (error) {
        this.#making = undefined;
        done.reject(error);
      }
    }, this.path);
    return making;
  }

  async #wait(making: Making, signal: AbortSignal): Promise<void> {
    try {
      await abortable(making.done, signal);
    } catch (error) {
      // Then the run that waits here is to be over, too; but one that goes back is not told to.
      if (error instanceof NotWantedError) await this.#waitForNext(signal);
      throw error;
    }
  }

  /** Takes what an earlier program has left, if nothing stands. Returns whether it is what is claimed. */
  async #inherit(claim: Claim<unknown>, signal: AbortSignal): Promise<boolean> {
    if (this.isStanding || !claim.standing) return false;
    const { nursery, family } = this.owner;
    const news = this.#newsOf(claim);
    const place = { nursery, signal, ...news.told };
    for (let left; (left = await claim.standing(place, this.#before(claim)));) {
      const standing = left.take();
      if (!standing) continue;
      this.#clear();
      family.hold(this, left.holds);
      this.made = claimOf(claim, left, this.path);
      this.#stand(claim.kind, standing, news);
      const isRight = this.#isRight(claim);
      this.kept ??= isRight ? claim : this.made;
      if (isRight) this.#making = undefined;
      return isRight;
    }
    return false;
  }

  #newsOf(claim: Claim<unknown>): News {
    return new News(this.path, () => this.made?.ends ?? claim.ends, this.#told);
  }

  /** What stood last, if it was of this kind. */
  #before({ kind }: Claim<unknown>): Standing<unknown> | undefined {
    return this.#last?.kind === kind ? this.#last.standing : undefined;
  }

  async #replace(claim: Claim<unknown>, signal: AbortSignal): Promise<void> {
    const { family, nursery } = this.owner;
    if (claim.host?.lost) throw notOn(claim.host.name, this.path);
    const old = this.#before(claim);
    const overlaps = claim.overlaps && old && !old.isOver && !this.#isStale;
    const why = this.made ? difference(this.made.fingerprint, claim.fingerprint) : [];
    const stops = !overlaps && this.isStanding;
    const news = this.#newsOf(claim);
    // Nothing is to be started with what is replaced as soon as the new one is there.
    const leaving = overlaps ? this.instances : [];
    for (const instance of leaving) family.leaving.add(instance);
    const stay = () => leaving.forEach((instance) => family.leaving.delete(instance));
    family.hold(this, claim.holds);
    try {
      await stopTogether(this.owner, [this], overlaps ? "holders" : "all");
      if (stops) this.#clear(claim.holds);
      nursery.signal.throwIfAborted();
      await this.#checkGiven(claim, signal);
      const standing = await claim.start({ nursery, signal, ...news.told }, old);
      if (signal.aborted) return await giveBack(nursery, standing, signal);
      if (leaving.length > 0) void this.standing?.over.then(stay);
      this.#clear(claim.holds);
      this.made = claim;
      this.#stand(claim.kind, standing, news);
    } catch (error) {
      stay();
      this.#release(claim.holds, this.made?.holds);
      if (!this.isStanding) this.failure = error;
      throw error;
    }
    this.#making = undefined;
    this.owner.made(this, why);
  }

  /** This stands here from now on, and nothing is wrong with it. */
  #stand(kind: string, standing: Standing<unknown>, news: News): void {
    this.standing = standing;
    this.#last = { kind, standing };
    this.#isStale =
      this.#isDone =
      this.#isBroken =
      this.#isLeft =
        false;
    this.failure = undefined;
    this.#news = news;
    news.begin(() => this.#news === news && !this.#stopping && !this.#making);
  }

  /** Nothing stands here. */
  #clear(stillHeld?: ReadonlySet<bigint>): void {
    if (this.made) this.#release(this.made.holds, stillHeld);
    this.made = undefined;
    this.standing = undefined;
  }

  #release(instances: ReadonlySet<bigint>, stillHeld: ReadonlySet<bigint> = new Set()): void {
    this.owner.family.release(this, instances.difference(stillHeld));
  }

  get #told(): Told {
    const { owner } = this;
    return {
      touched: (what) => owner.touch(what),
      changed: () => owner.changed(),
      disturbed: () => owner.disturbed(),
      failed: (error) => this.#fail(error),
      finished: () => {
        this.#isDone = true;
        owner.finished(this);
      },
      doubted: (reason) => owner.doubted(this, reason),
    };
  }

  /** It is down, for this reason. */
  #fail(error: unknown): void {
    if (this.lostHost !== undefined) return this.owner.lost();
    this.failure = error;
    this.#isBroken = true;
    this.owner.failed(this, error);
  }
}

/**
 * Stops what stands under these names, and what holds the processes of that, which starts again when it is
 * claimed; each after those of them that used it.
 */
export async function stopTogether(
  owner: EntryOwner,
  entries: readonly Entry[],
  which: "all" | "holders" = "all",
): Promise<void> {
  await Estate.of(owner.nursery).endHolders(entries.flatMap(({ instances }) => instances));
  const holders = new Set(entries.flatMap((entry) => [...entry.holders]));
  for (const entry of entries) holders.delete(entry);
  const gone = new Set([...entries, ...holders].flatMap(({ instances }) => instances));
  const { leaving } = owner.family;
  if (which === "all") { for (const instance of gone) leaving.add(instance); }
  const stale = [...holders].filter((holder) => !holder.isBecoming(gone));
  for (const holder of stale) {
    holder.makeStale();
    if (holder.owner !== owner) owner.disturbs();
  }
  await Promise.all(stale.map((holder) => holder.unmake()));
  // Meanwhile some may have become what holds none of these.
  const still = [...holders].filter(({ made }) => made && !made.holds.isDisjointFrom(gone));
  const all = which === "all" ? [...entries, ...still] : still;
  const standing = all.filter(({ isStanding }) => isStanding);
  for (const entry of all) if (!entry.isStanding) entry.standing?.end();
  owner.nursery.stopOrdered(standing.map((entry) => entry.standing!.turn));
  await Promise.all(standing.map((entry) => entry.ending()));
  if (which === "all") { for (const instance of gone) leaving.delete(instance); }
}

/** Ends what has come to stand when it was not wanted any more. */
async function giveBack(
  nursery: Nursery,
  standing: Standing<unknown>,
  { reason }: AbortSignal,
): Promise<never> {
  nursery.stopOrdered([standing.turn]);
  standing.end();
  await standing.over;
  throw reason;
}

function notOn(host: string, path: string): HostLostError {
  return new HostLostError(host, `Cannot start ${path}: host ${host} is lost`);
}

function isSame(one: Claim<unknown>, other: Claim<unknown>): boolean {
  if (one === other) return true;
  return one.kind === other.kind && difference(one.fingerprint, other.fingerprint).length === 0;
}
