/** A service as a scope claims it: adopted, started, or put in the place of an earlier one. */
import { printable } from "../logs/mod.ts";
import type {
  Claim,
  Fingerprint,
  Left,
  Nursery,
  Place,
  Standing,
  Supposed,
  Turn,
} from "../nursery/mod.ts";
import {
  type Command,
  type HostInfo,
  stopOf,
  type StopOptions,
  type Thread,
} from "../thread/mod.ts";
import { adoptAt } from "./adopt.ts";
import { SALT } from "./canonical.ts";
import { Estate } from "./estate.ts";
import { fingerprintOf, type Whole } from "./fingerprint.ts";
import { inherit } from "./inherit.ts";
import { type LegacyService, notedHolds, notedStop, type ServiceNote } from "./legacy_service.ts";
import type { Life } from "./life.ts";
import { mendedSockets, mendSockets } from "./listeners.ts";
import { become, NamedService } from "./named.ts";
import { encodeNote, noted, recalled } from "./note.ts";
import { startAt } from "./one_start.ts";
import type { StartOptions } from "./options.ts";
import { PassingError } from "./passing.ts";
import type { Service } from "./service.ts";
import { isOver } from "./states.ts";
import { SupposedService } from "./supposed.ts";
import { turnsOf } from "./uses.ts";

/** A service that is asked for. */
export class ServiceClaim implements Claim<Service> {
  readonly kind = "service";
  readonly name: string;
  readonly ends: Claim<Service>["ends"];
  readonly #thread: Thread;
  readonly #command: Command;
  readonly #options: StartOptions;
  #own: Whole | undefined;

  constructor(thread: Thread, command: Command, options: StartOptions) {
    const { name = command.name, finite, significant } = options;
    this.name = name;
    this.ends = significant ? "scope" : finite ? "itself" : "never";
    this.#thread = thread;
    this.#command = command;
    this.#options = options;
  }

  get host(): HostInfo {
    return this.#thread.host;
  }

  get fingerprint(): Fingerprint {
    return this.#whole.fingerprint;
  }

  get holds(): ReadonlySet<bigint> {
    return new Set(this.#whole.holds.values().map(({ instance }) => instance));
  }

  get isLate(): boolean {
    return this.#whole.holds.values().some(({ status, host }) => status || host.lost);
  }

  get overlaps(): boolean {
    return typeof this.#options.replace === "object";
  }

  async start(place: Place, before: Standing<Service> | undefined): Promise<StandingService> {
    const old = before as StandingService | undefined;
    await old?.drained;
    await mendedSockets(this.#options);
    const { replace, stop } = this.#options;
    const overlap = typeof replace === "object" && old && !old.isOver ? replace : undefined;
    const drain = () => old!.drain({ ...stop, ...overlap!.drain });
    const name = old?.value ?? new NamedService();
    const { life, turn } = await startAt(
      {
        ...place,
        path: printable(place.nursery.pathOf(this.name)),
        name,
        succeeds: old?.life.isOfEarlier ?? false,
        lost: (error) => place.failed(error),
        begun: (life) => {
          const { process } = life;
          this.#mendAfter(life);
          if (this.host.standing) process.note(encodeNote(this.#noteOf(place, life)));
          if (overlap?.overlap === "prepared") process.prepared.then(drain, () => {});
        },
        ...(this.host.standing && { keep: (life) => life.keep(this.#noteOf(place, life)) }),
      },
      this.#thread,
      this.#command,
      this.#options,
    );
    if (overlap?.overlap === "ready") drain();
    become(name, life);
    return new StandingService(name, life, turn, old?.drained);
  }

  suppose(supposed: Supposed): { readonly value: Service } {
    const { address } = this.#options;
    this.#checkLasting(supposed.path);
    const asked = { host: this.host.name, command: this.#command.name, address };
    return { value: new SupposedService(supposed, asked) };
  }

  salted(salt: string): Fingerprint {
    return this.#made(salt).fingerprint;
  }

  async standing(
    place: Place,
    before: Standing<Service> | undefined,
  ): Promise<Left<Service> | undefined> {
    const { nursery } = place;
    const path = nursery.pathOf(this.name);
    this.#checkLasting(path);
    inherit(nursery, this.#thread);
    const estate = Estate.of(nursery);
    const legacy = await estate.find("service", path) as LegacyService | undefined;
    if (!legacy) return undefined;
    return {
      fingerprint: recalled(
        legacy.fingerprint,
        this.salted(legacy.note.salt),
        this.fingerprint,
      ),
      holds: legacy.holds,
      take: () => estate.take(legacy) ? this.#take(place, legacy, before) : undefined,
    };
  }

  #take(
    place: Place,
    legacy: LegacyService,
    before: Standing<Service> | undefined,
  ): StandingService {
    const name = (before as StandingService | undefined)?.value ?? new NamedService();
    const path = printable(legacy.path);
    const lost = (error: unknown) => place.failed(error);
    const at = { ...place, path, name, lost };
    const { life, turn } = adoptAt(at, this.#thread, legacy, this.#options);
    this.#mendAfter(life);
    become(name, life);
    return new StandingService(name, life, turn, undefined);
  }

  #mendAfter({ process }: Life): void {
    const mend = () => mendSockets(this.#options);
    process.wait().then(mend, mend);
  }

  /** What a later program is to know of it. */
  #noteOf({ nursery }: Place, life: Life): ServiceNote {
    const { fingerprint, holds } = this.#whole;
    const { command, address, state } = life;
    return {
      ...{ kind: "service", path: nursery.pathOf(this.name), fingerprint: noted(fingerprint) },
      ...{ since: nursery.clock.date(), salt: SALT, command, address },
      ...{ isReady: state === "ready", stop: notedStop(life.stopping) },
      holds: notedHolds(new Set(holds.values().map(({ instance }) => instance))),
    };
  }

  /** @throws {PassingError} If it is to outlive the program, and what it is started from does not. */
  #checkLasting(path: string): void {
    const { passing } = this.#whole;
    if (!this.host.standing || passing.length === 0) return;
    throw new PassingError(path, this.host.name, passing);
  }

  adopt(standing: Standing<Service>, nursery: Nursery): Service {
    const { value, life, turn } = standing as StandingService;
    life.stopping = stopOf(this.#options.stop);
    life.address = this.#options.address;
    turn.again(turnsOf(nursery, this.#options.uses, this.host));
    turn.ready();
    return value;
  }

  get #whole(): Whole {
    return this.#own ??= this.#made();
  }

  #made(salt?: string): Whole {
    return fingerprintOf(this.#thread, this.#command, this.#options, salt);
  }
}

/** A service that stands. */
class StandingService implements Standing<Service> {
  readonly value: NamedService;
  readonly life: Life;
  readonly turn: Turn;
  /** Settles when its predecessor has ended, and it itself if it was told to. */
  drained: Promise<unknown> | undefined;

  constructor(value: NamedService, life: Life, turn: Turn, drained: Promise<unknown> | undefined) {
    this.value = value;
    this.life = life;
    this.turn = turn;
    this.drained = drained;
  }

  get host(): HostInfo {
    return this.life.process.host;
  }

  get instance(): bigint {
    return this.life.instance;
  }

  get isOver(): boolean {
    return isOver(this.life.state);
  }

  get wasStopped(): boolean {
    return this.life.state === "stopped";
  }

  get over(): Promise<void> {
    return this.life.over.catch(() => {});
  }

  end(): void {}

  /** Has it finish what it has begun, and end. */
  drain(how: StopOptions): void {
    this.turn.leaving();
    this.drained = Promise.allSettled([this.drained, this.life.stop(how)]);
  }
}
