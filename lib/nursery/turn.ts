/** The nodes of the order of stopping. */
import type { Providers } from "./providers.ts";

/** Stops many at once. */
export interface StopGroup {
  /** Each level begins when all of the one before have left. */
  stop(levels: readonly (readonly Turn[])[]): void;
}

/** A part of the order that is as one to the rest. */
export interface Part {
  readonly parent: Part | undefined;
  /** Stands for all in it. */
  readonly top: Turn;
  /** A turn of it is claimed, for the first time or again. */
  claim(turn: Turn, uses: readonly Used[] | undefined): void;
  /** A turn of it is ready. */
  settle(turn: Turn): void;
  /** A turn of it leaves. */
  remove(turn: Turn): void;
}

/** What can be used: a turn, or all of a part. */
export type Used = Turn | Part;

/** When something stops, among others that do. */
export class Turn {
  readonly owner: unknown;
  /** For the order: what it is in. */
  readonly part: Part;
  readonly #providers: Providers<Turn> | undefined;
  readonly #come = Promise.withResolvers<void>();
  /** Joints have no life of their own: they are there for their edges. */
  isJoint = false;
  /** A joint that stays, however few edges it has. */
  isFixed = false;
  /** A joint that was taken out. */
  isGone = false;
  isStopping = false;
  isCalled = false;
  /** It ends, though its turn has not come: what it has used waits for it. */
  isLeaving = false;
  isReady = false;
  /** The run of its part that claimed it last; to be claimed twice in one changes nothing. */
  run = -1;
  /** Higher than that of all that it uses. */
  rank = 0;
  group: StopGroup | undefined;
  readonly uses: Set<Turn> = new Set();
  readonly users: Set<Turn> = new Set();

  /** For the order. */
  constructor(owner: unknown, part: Part, providers?: Providers<Turn>) {
    this.owner = owner;
    this.part = part;
    this.#providers = providers;
  }

  /** Settles when this one is to stop. */
  get come(): Promise<void> {
    return this.#come.promise;
  }

  /** What comes from now on may have used it. */
  ready(): void {
    if (!this.isJoint) this.part.settle(this);
  }

  /**
   * For the library: it is claimed again, as if it had come only now. Those that used it still do. It is
   * ready when {@linkcode ready} is called again.
   *
   * @param uses What it has used; undefined if that is not known.
   */
  again(uses?: readonly Used[]): void {
    if (!this.isJoint) this.part.claim(this, uses);
  }

  /** For the library: it is told to end now. What comes from now on does not find it by what it provides. */
  leaving(): void {
    this.isLeaving = true;
    this.#providers?.forget(this);
  }

  /** This group stops it from now on; that its turn comes then only tells so. */
  join(group: StopGroup): void {
    this.group = group;
  }

  /** For the library: it is found by this from now on, until it leaves: an address, a value that stands for it. */
  provides(key: unknown): void {
    if (!this.isJoint) this.#providers?.add(this, key);
  }

  /** For the order. */
  call(): void {
    this.isCalled = true;
    this.#come.resolve();
  }
}
