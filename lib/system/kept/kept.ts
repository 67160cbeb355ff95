/** What is kept by name and is no process: made once, and given to each run that claims it. */
import {
  type Claim,
  type Fingerprint,
  type Foreseen,
  type Ground,
  type Left,
  type Nursery,
  type Place,
  type Standing,
  type Supposed,
  type Turn,
  UNKEPT,
} from "../../nursery/mod.ts";

/** What is made for a name. */
export interface Made<T> {
  readonly value: T;
  /** Whether it is gone by itself. */
  readonly isGone?: () => boolean;
  /** Removes it. */
  readonly close?: () => Promise<void>;
}

/** What is claimed, and how it is made. */
export interface KeptOptions<T> {
  readonly kind: string;
  readonly name: string;
  readonly fingerprint: Fingerprint;
  /** What it is on, and is lost with. */
  readonly host?: Ground;
  readonly make: (place: Place) => Promise<Made<T>>;
  /** What an earlier program has made, if that was of the same. */
  readonly left?: (place: Place) => Promise<Made<T> | undefined>;
  /** Its value when it is only looked at what would be done; see {@linkcode Claim}. */
  readonly suppose?: (supposed: Supposed) => Foreseen<T> | Promise<Foreseen<T>>;
  /** Its fingerprint with the hashes of secrets salted by this. */
  readonly salted?: (salt: string) => Fingerprint;
}

/** Claims it in a nursery that keeps; in another it is made, and removed when that is cancelled. */
export async function claimKept<T>(nursery: Nursery, options: KeptOptions<T>): Promise<T> {
  const claim = new KeptClaim(options);
  if (nursery.keeper) return await nursery.keeper.claim(claim);
  const place = { nursery, signal: nursery.signal, ...UNKEPT };
  const failed = (error: unknown) => nursery.fail(error, options.name);
  return (await claim.start({ ...place, failed })).value;
}

class KeptClaim<T> implements Claim<T> {
  readonly kind: string;
  readonly name: string;
  readonly fingerprint: Fingerprint;
  readonly host: Ground | undefined;
  readonly holds: ReadonlySet<bigint> = new Set();
  readonly overlaps = false;
  readonly ends = "never";
  readonly #make: KeptOptions<T>["make"];
  readonly #left: KeptOptions<T>["left"];
  readonly #suppose: KeptOptions<T>["suppose"];
  readonly #salted: KeptOptions<T>["salted"];

  constructor({ kind, name, fingerprint, host, make, left, suppose, salted }: KeptOptions<T>) {
    this.kind = kind;
    this.name = name;
    this.fingerprint = fingerprint;
    this.host = host;
    this.#make = make;
    this.#left = left;
    this.#suppose = suppose;
    this.#salted = salted;
  }

  async suppose(supposed: Supposed): Promise<Foreseen<T>> {
    return await this.#suppose?.(supposed);
  }

  salted(salt: string): Fingerprint {
    return this.#salted?.(salt) ?? this.fingerprint;
  }

  async start(place: Place): Promise<StandingKept<T>> {
    return this.#stand(place, await this.#make(place));
  }

  async standing(place: Place): Promise<Left<T> | undefined> {
    const made = await this.#left?.(place);
    if (!made) return undefined;
    const { fingerprint, holds } = this;
    return { fingerprint, holds, take: () => this.#stand(place, made) };
  }

  #stand(place: Place, made: Made<T>): StandingKept<T> {
    const [closed, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const turn = place.nursery.ordered(async (_signal, turn) => {
      await Promise.race([turn.come, gone.promise]);
      try {
        if (!this.host?.lost) await made.close?.();
      } finally {
        closed.resolve();
      }
    }, { name: place.nursery.pathOf(this.name) });
    turn.provides(made.value);
    return new StandingKept(made, this.host, turn, closed.promise, gone.resolve);
  }

  adopt(standing: Standing<T>): T {
    const { turn, value } = standing as StandingKept<T>;
    turn.again();
    turn.ready();
    return value;
  }
}

class StandingKept<T> implements Standing<T> {
  readonly value: T;
  readonly turn: Turn;
  readonly instance = undefined;
  readonly wasStopped = false;
  readonly host: Ground | undefined;
  readonly #made: Made<T>;
  readonly #leave: () => void;
  readonly over: Promise<void>;
  #isClosed = false;

  constructor(
    made: Made<T>,
    host: Ground | undefined,
    turn: Turn,
    over: Promise<void>,
    leave: () => void,
  ) {
    this.value = made.value;
    this.host = host;
    this.#leave = leave;
    this.turn = turn;
    this.#made = made;
    this.over = over;
  }

  get isOver(): boolean {
    return this.#isClosed || this.host?.lost === true || this.#made.isGone?.() === true;
  }

  end(): void {
    if (this.#isClosed) return;
    if (this.isOver) this.#leave();
    this.#isClosed = true;
  }
}
