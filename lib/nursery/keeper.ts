/**
 * The seam between what is started in a nursery and who keeps it when the nursery's body is run again. A
 * nursery without a keeper starts what it is asked for; one with a keeper is asked for names, and gets what
 * stands under them already, if it is what is asked for.
 *
 * `N` is the nursery itself, which has a keeper and so cannot be named here; it is in `claims.ts`.
 */
import type { Section } from "./section.ts";
import type { Turn } from "./turn.ts";

/** What something is made of, field by field, each as text: equal text, equal field. */
export type Fingerprint = Readonly<Record<string, string>>;

/** What something is on, and is lost with. */
export interface Ground {
  readonly name: string;
  readonly lost: boolean;
}

/** Keeps what has a name from one run of a body to the next. */
export interface Keeper<N> {
  /**
   * What has this name: as it stands if it was made of the same, else made, or made anew.
   *
   * @throws What making it throws; or the reason of the run's signal, if that is over first.
   */
  claim<T>(claim: Claim<T, N>): Promise<T>;
  /**
   * If it is only looked at what would be claimed: the error of who asks for what cannot be told then. Tasks
   * that nobody waits for are left out.
   */
  beyond?(what: string): Error;
}

/** A name that is asked for, and what it is to be. */
export interface Claim<T, N> {
  /** What it is, in a word, as "service". */
  readonly kind: string;
  /** In its nursery. */
  readonly name: string;
  readonly fingerprint: Fingerprint;
  /** The host that it is to be on, if it is on one. */
  readonly host?: Ground | undefined;
  /** The processes, by their instances, that it was given: it must follow when they are others. */
  readonly holds: ReadonlySet<bigint>;
  /** Whether one of these has ended. */
  readonly isLate?: boolean;
  /** Whether a new one can be there before the old one is gone. */
  readonly overlaps: boolean;
  /**
   * What its end by itself, without a failure, means: `never`: that it has failed; `itself`: that it has done
   * what it was to do; `scope`: that all of its scope has.
   */
  readonly ends: "never" | "itself" | "scope";
  /** Makes it; settles when it can be used. */
  start(place: Place<N>, before: Standing<T> | undefined): Promise<Standing<T>>;
  /**
   * What an earlier program has left under this name. It is asked for when nothing stands there; without it,
   * nothing outlives a program.
   *
   * @throws If it is not known whether there is such a thing: then it is not started either.
   */
  standing?(place: Place<N>, before: Standing<T> | undefined): Promise<Left<T> | undefined>;
  /**
   * What the caller gets when it is only looked at what would be done: by what was noted of what stands, or
   * supposing that it was made. Without it, or if it is undefined, that is not known before it is made.
   */
  suppose?(supposed: Supposed): Foreseen<T> | Promise<Foreseen<T>>;
  /** Its fingerprint with the hashes of secrets salted by this, as it is compared with what was noted. */
  salted?(salt: string): Fingerprint;
  /**
   * Takes what stands for what is asked for, and what can be changed without touching it; returns what the
   * caller gets.
   *
   * @param nursery The one that owns it.
   * @param signal Aborted when the run that claims it is over.
   */
  adopt(standing: Standing<T>, nursery: N, signal: AbortSignal): T | Promise<T>;
  /** Has what stands go back to this, touching no more than it must; without it `adopt` does that. */
  restore?(standing: Standing<T>, nursery: N, signal: AbortSignal): Promise<void>;
}

/** What a caller gets that only looks, if that is known. */
export type Foreseen<T> =
  | {
    readonly value: T;
    /** Whether it is there already, though nobody noted it, so that making it changes nothing. */
    readonly isThere?: boolean;
  }
  | undefined;

/** Something that is not looked at itself: it stands, or it would be made. */
export interface Supposed {
  readonly path: string;
  /** The process that it is, if it is one; of what would be made, one that nothing that stands can be. */
  readonly instance: bigint;
  /** What was noted of it, if it stands. */
  readonly facts: Readonly<Record<string, unknown>> | undefined;
  /** The error of who asks for what is not known of it. */
  beyond(what: string): Error;
}

/** Where something is made that outlives a run. */
export interface Place<N> {
  /** Owns it. */
  readonly nursery: N;
  /** Aborted when it is not wanted any more, while it is being made. */
  readonly signal: AbortSignal;
  /** It had been usable, and has failed. */
  failed(error: unknown): void;
  /** It is over without having failed: it did what it was to do. */
  finished(): void;
  /** It can be used again (undefined), or cannot be, for this reason. */
  doubted(reason: string | undefined): void;
  /** Its value is another than those had who claimed it. */
  changed(): void;
  /** It has stopped something outside of itself, which is to be started again there. */
  disturbed(): void;
  /** Something in it was started or stopped. */
  touched(what: string): void;
}

/** Something that stands. */
export interface Standing<T> {
  /** What those who claim it get. */
  readonly value: T;
  /** When it stops among all that stand. */
  readonly turn: Turn | Section;
  /** The host that it is on, if it is on one. */
  readonly host?: Ground | undefined;
  /** The process that it is, if it is one. */
  readonly instance: bigint | undefined;
  /** The processes that are in it, if it is a scope. */
  readonly instances?: readonly bigint[];
  /** Whether it is gone, however. */
  readonly isOver: boolean;
  /** Whether somebody stopped it who is not the keeper: then it is to stay so. */
  readonly wasStopped: boolean;
  /** Settles when it has ended and nothing of it is left. */
  readonly over: Promise<void>;
  /** Has it end, when its turn has come; its turn is told to stop already. */
  end(): void;
}

/** What an earlier program has left. */
export interface Left<T> {
  /** What it was made of; in fields that are equal it has the text of the claim. */
  readonly fingerprint: Fingerprint;
  /** The processes that it was given. */
  readonly holds: ReadonlySet<bigint>;
  /** Takes it, as what stands from now on; undefined if it is not there to be taken any more. */
  take(): Standing<T> | undefined;
}

/** What is told of what nobody keeps has no consequence. */
export const UNKEPT: Pick<
  Place<never>,
  "finished" | "doubted" | "changed" | "disturbed" | "touched"
> = {
  finished() {},
  doubted() {},
  changed() {},
  disturbed() {},
  touched() {},
};
