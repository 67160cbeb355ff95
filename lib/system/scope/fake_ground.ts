/** Where fake services outlive their program, as real ones do on a host that stands. */
import type { Clock } from "../../clock/mod.ts";
import type { Nursery } from "../../nursery/mod.ts";
import { Estate, type Legacy } from "../../service/estate.ts";
import { type FakeOptions, holdsOf } from "./fake_options.ts";

/** A service that stays. */
export interface Kept {
  readonly path: string;
  readonly instance: bigint;
  readonly options: FakeOptions;
  /** Whether it was told to end. */
  readonly isLeaving: boolean;
}

/** What outlives programs. */
export class FakeGround {
  readonly kept: Map<bigint, Kept> = new Map();
  instances = 0n;
}

/** What one program does there, until it dies: then that has no effect any more, whatever it still believes. */
export class FakeAttachment {
  /** What was seen to be wrong. */
  readonly problems: string[] = [];
  readonly #ground: FakeGround;
  #deeds: number;

  /** @param deeds What it does until it dies. */
  constructor(ground: FakeGround, deeds: number) {
    this.#ground = ground;
    this.#deeds = deeds;
  }

  get isDead(): boolean {
    return this.#deeds <= 0;
  }

  /** Tells what earlier programs have left. */
  tell(nursery: Nursery, clock: Clock): void {
    const estate = Estate.of(nursery);
    for (const kept of this.#ground.kept.values()) estate.add(this.#legacy(kept, clock));
  }

  /** Another begins to be; returns its instance. */
  begin(path: string, old: bigint | undefined): bigint {
    this.#do((kept) => {
      const others = kept.values().filter((each) => each.path === path && !each.isLeaving);
      if (others.some(({ instance }) => instance !== old)) {
        this.problems.push(`${path} is started beside one that was left`);
      }
    });
    return ++this.#ground.instances;
  }

  keep(one: Kept): void {
    this.#do((kept) => kept.set(one.instance, one));
  }

  tellToEnd(instance: bigint): void {
    this.#do((kept) => {
      const one = kept.get(instance);
      if (one) kept.set(instance, { ...one, isLeaving: true });
    });
  }

  end(instance: bigint): void {
    this.#do((kept) => kept.delete(instance));
  }

  #do(deed: (kept: Map<bigint, Kept>) => void): void {
    if (this.isDead) return;
    deed(this.#ground.kept);
    this.#deeds--;
  }

  #legacy(one: Kept, clock: Clock): Legacy & Kept {
    const { path, instance, options } = one;
    const end = async () => {
      this.#do((kept) => {
        const holders = kept.values().filter(({ options }) => holdsOf(options).has(instance));
        const holder = holders.find(({ isLeaving }) => !isLeaving);
        if (holder) this.problems.push(`${path} is ended before ${holder.path}, which holds it`);
      });
      this.tellToEnd(instance);
      await clock.sleep(options.stopping);
      this.end(instance);
    };
    return { ...one, kind: "fake", since: Number(instance), holds: holdsOf(options), end };
  }
}
