/** Services that are no processes, in virtual time: they see whether a scope treats them as its rules say. */
import type { Clock } from "../../clock/mod.ts";
import { Estate, type Legacy } from "../../service/estate.ts";
import { ScopeError } from "./errors.ts";
import type { FakeAttachment, Kept } from "./fake_ground.ts";
import { type FakeOptions, fingerprintOf, type Given, holdsOf } from "./fake_options.ts";
import type {
  Claim,
  Fingerprint,
  Left,
  Nursery,
  Place,
  Standing,
  Supposed,
  Turn,
} from "../../nursery/mod.ts";

/** All fake services, and what was seen to be wrong with how they were treated. */
export class FakeServices {
  readonly clock: Clock;
  readonly standing: Set<FakeService> = new Set();
  /** Those that were stopped, or ended, since somebody cared. */
  ended: FakeService[] = [];
  readonly problems: string[] = [];
  /** How many of the next starts of a path fail. */
  readonly failing: Map<string, number> = new Map();
  /** What never starts, as path and mark. */
  readonly refused: Set<string> = new Set();
  isEnding = false;
  readonly #ground: FakeAttachment | undefined;
  #moment = 0;
  #instances = 0n;

  /** @param ground Where they outlive their program; without one they end with it. */
  constructor(clock: Clock, ground?: FakeAttachment) {
    this.clock = clock;
    this.#ground = ground;
  }

  /** Starts one in the body of a scope. */
  async start(nursery: Nursery, name: string, options: FakeOptions): Promise<Given> {
    return await nursery.keeper!.claim(new FakeClaim(this, name, options));
  }

  /** The instance of a new one, which begins to start. */
  begin(service: FakeService, old: FakeService | undefined): bigint {
    for (const other of this.standing) {
      if (other.path !== service.path || other === old || other.isDraining) continue;
      if (other.gone < Infinity) continue;
      this.problems.push(`${service.path} is started while it stands`);
    }
    for (const instance of service.holds) {
      if (!this.has(instance)) this.problems.push(`${service.path} is started with what is gone`);
    }
    return this.#ground?.begin(service.path, old?.instance) ?? ++this.#instances;
  }

  /** One stays from now on when the program goes. */
  keep({ path, instance }: FakeService, options: FakeOptions): void {
    this.#ground?.keep({ path, instance, options, isLeaving: false });
  }

  has(instance: bigint): boolean {
    return this.standing.values().some((service) => service.instance === instance);
  }

  get moment(): number {
    return ++this.#moment;
  }

  /** Whether this start is to fail. */
  fails({ path, mark }: FakeService): boolean {
    if (this.refused.has(`${path} ${mark}`)) return true;
    const left = this.failing.get(path) ?? 0;
    if (left > 0) this.failing.set(path, left - 1);
    return left > 0;
  }

  /** One is told to stop: nobody may stand that needs it. */
  stops(service: FakeService): void {
    this.#ground?.tellToEnd(service.instance);
    for (const other of this.standing) {
      // Those that were replaced finish what they have begun, each by itself.
      if (service.isDraining && other.isDraining) continue;
      // Of what an earlier program made and is replaced at the same time, no order is known.
      if (other.isForeign) continue;
      const holds = other.holds.has(service.instance);
      if (holds || (this.isEnding && other.mayUse.has(service.path))) {
        const how = holds ? "holds" : "may use";
        this.problems.push(`${service.path} is stopped before ${other.path}, which ${how} it`);
      }
    }
  }

  gone(service: FakeService): void {
    this.#ground?.end(service.instance);
    this.standing.delete(service);
    this.ended.push(service);
  }
}

class FakeClaim implements Claim<Given> {
  readonly kind = "fake";
  readonly name: string;
  readonly ends = "never";
  readonly options: FakeOptions;
  readonly #services: FakeServices;

  constructor(services: FakeServices, name: string, options: FakeOptions) {
    this.name = name;
    this.options = options;
    this.#services = services;
  }

  get overlaps(): boolean {
    return this.options.overlaps;
  }

  get fingerprint(): Fingerprint {
    return fingerprintOf(this.options);
  }

  get holds(): ReadonlySet<bigint> {
    return holdsOf(this.options);
  }

  get isLate(): boolean {
    return this.holds.values().some((instance) => !this.#services.has(instance));
  }

  async start(place: Place, before: Standing<Given> | undefined): Promise<FakeService> {
    const old = before as FakeService | undefined;
    await old?.drained;
    const overlapped = this.overlaps && old && !old.isOver ? old : undefined;
    const service = new FakeService(this.#services, this, place, overlapped);
    await service.ready(place, overlapped);
    return service;
  }

  async standing(place: Place): Promise<Left<Given> | undefined> {
    const { nursery } = place;
    const estate = Estate.of(nursery);
    const kept = await estate.find("fake", nursery.pathOf(this.name)) as Legacy & Kept | undefined;
    if (!kept) return undefined;
    const claim = new FakeClaim(this.#services, this.name, kept.options);
    const take = () => {
      if (!estate.take(kept)) return undefined;
      return new FakeService(this.#services, claim, place, undefined, kept.instance);
    };
    return { fingerprint: claim.fingerprint, holds: claim.holds, take };
  }

  suppose({ path, instance }: Supposed): { readonly value: Given } {
    return { value: { path, instance } };
  }

  adopt(standing: Standing<Given>, nursery: Nursery): Given {
    const service = standing as FakeService;
    service.isForeign = false;
    service.mayUse = this.options.mayUse;
    service.turn.again(turnsOf(nursery, this.options.uses));
    service.turn.ready();
    return service.value;
  }
}

/** Undefined if one of them is not there: then it is not known what is used. */
function turnsOf(
  nursery: Nursery,
  uses: readonly Given[] | undefined,
): readonly Turn[] | undefined {
  const found = uses?.map(({ path }) => nursery.providers(path));
  return found?.some((turns) => turns.length === 0) ? undefined : found?.flat();
}

/** One that stands, or is being started. */
export class FakeService implements Standing<Given> {
  readonly path: string;
  readonly instance: bigint;
  readonly holds: ReadonlySet<bigint>;
  readonly mark: number;
  readonly uses: readonly Given[] | undefined;
  readonly turn: Turn;
  readonly over: Promise<void>;
  mayUse: ReadonlySet<string>;
  drained: Promise<void> | undefined;
  isDraining = false;
  /** Whether an earlier program made it, and this one has not claimed the same yet. */
  isForeign: boolean;
  /** Whether it ended by itself. */
  isDead = false;
  /** When it was told to stop, and when it had. */
  called = Infinity;
  gone = Infinity;
  isReady = false;
  wasStopped = false;
  readonly #services: FakeServices;
  readonly #options: FakeOptions;
  readonly #place: Place;
  readonly #died = Promise.withResolvers<void>();
  readonly #asked = Promise.withResolvers<void>();

  constructor(
    services: FakeServices,
    claim: FakeClaim,
    place: Place,
    old: FakeService | undefined,
    adopted?: bigint,
  ) {
    const { nursery } = place;
    this.#services = services;
    this.#options = claim.options;
    this.#place = place;
    this.path = nursery.pathOf(claim.name);
    this.holds = claim.holds;
    this.mark = claim.options.mark;
    this.uses = claim.options.uses;
    this.mayUse = claim.options.mayUse;
    this.isReady = this.isForeign = adopted !== undefined;
    this.instance = adopted ?? services.begin(this, old);
    services.standing.add(this);
    const over = Promise.withResolvers<void>();
    this.over = over.promise;
    const uses = turnsOf(nursery, claim.options.uses);
    this.turn = nursery.ordered(async (_signal, turn) => {
      await Promise.race([this.#died.promise, this.#asked.promise, turn.come]);
      if (!this.isDead) await this.#stop();
      services.gone(this);
      over.resolve();
    }, { name: this.path, uses, ready: false });
    this.turn.provides(this.path);
    if (this.isReady) this.turn.ready();
  }

  get value(): Given {
    return { path: this.path, instance: this.instance };
  }

  get isOver(): boolean {
    return this.isDead || this.gone < Infinity;
  }

  /** Waits until it is ready, and ends it if it will not be. */
  async ready(place: Place, old: FakeService | undefined): Promise<void> {
    const stop = AbortSignal.any([place.signal, place.nursery.signal]);
    try {
      const died = this.#died.promise.then(() => this.#fail());
      await Promise.race([
        this.#services.clock.sleep(this.#options.starting, { signal: stop }),
        died,
      ]);
      if (this.isDead || this.#services.fails(this)) this.#fail();
    } catch (error) {
      this.#asked.resolve();
      if (!place.nursery.signal.aborted) await this.over;
      throw error;
    }
    this.isReady = true;
    this.#services.keep(this, this.#options);
    this.turn.ready();
    if (old) this.drained = old.drain();
  }

  #fail(): never {
    throw new ScopeError(this.path, "it does not start");
  }

  /** It is told to end beside the one that has taken its place. */
  async drain(): Promise<void> {
    this.isDraining = true;
    this.turn.leaving();
    this.#asked.resolve();
    await this.over;
  }

  /** It ends by itself. */
  die(): void {
    this.isDead = true;
    this.#died.resolve();
    if (this.isReady) this.#place.failed(new ScopeError(this.path, "it died"));
  }

  end(): void {}

  async #stop(): Promise<void> {
    this.called = this.#services.moment;
    this.wasStopped = true;
    this.#services.stops(this);
    await this.#services.clock.sleep(this.#options.stopping);
    this.gone = this.#services.moment;
  }
}
