/** Services without processes: they start, end and stop at once, and write down what happens to them. */
import type { Claim, Fingerprint, Nursery, Place, Standing, Turn } from "../nursery/mod.ts";
import { ScopeError } from "./scope/errors.ts";

/** Services of one scope. */
export class TestServices {
  /** What happened: "+a" is a start, "-a" is a stop, "!a" a start that failed. */
  readonly log: string[] = [];
  readonly #running = new Map<string, Running>();
  readonly #refuses: (name: string) => boolean;

  /** @param refuses Whether this start fails; asked once for each. */
  constructor(refuses: (name: string) => boolean) {
    this.#refuses = refuses;
  }

  /** Starts one in the body of a scope. */
  async start(nursery: Nursery, name: string, ends: Claim<string>["ends"]): Promise<string> {
    return await nursery.keeper!.claim(
      new TestClaim(name, ends, (place) => this.#start(place, name)),
    );
  }

  /** Has one end by itself, if it is running. */
  end(name: string, isClean: boolean): void {
    this.#running.get(name)?.die(isClean);
  }

  #start(place: Place, name: string): Standing<string> {
    const isRefused = this.#refuses(name);
    this.log.push(`${isRefused ? "!" : "+"}${name}`);
    const path = place.nursery.pathOf(name);
    if (isRefused) throw new ScopeError(path, "it does not start");
    const running = new Running(place, name, (isStopped) => {
      this.#running.delete(name);
      if (isStopped) this.log.push(`-${name}`);
    });
    this.#running.set(name, running);
    return running;
  }
}

class TestClaim implements Claim<string> {
  readonly kind = "test";
  readonly name: string;
  readonly ends: Claim<string>["ends"];
  readonly fingerprint: Fingerprint = {};
  readonly holds: ReadonlySet<bigint> = new Set();
  readonly overlaps = false;
  readonly #start: (place: Place) => Standing<string>;

  constructor(
    name: string,
    ends: Claim<string>["ends"],
    start: (place: Place) => Standing<string>,
  ) {
    this.name = name;
    this.ends = ends;
    this.#start = start;
  }

  async start(place: Place): Promise<Standing<string>> {
    return this.#start(place);
  }

  adopt({ turn, value }: Standing<string>): string {
    (turn as Turn).again();
    (turn as Turn).ready();
    return value;
  }
}

class Running implements Standing<string> {
  readonly value: string;
  readonly turn: Turn;
  readonly instance = undefined;
  readonly wasStopped = false;
  readonly over: Promise<void>;
  readonly #place: Place;
  readonly #died = Promise.withResolvers<boolean>();
  #isOver = false;

  constructor(place: Place, name: string, gone: (isStopped: boolean) => void) {
    this.value = name;
    this.#place = place;
    const over = Promise.withResolvers<void>();
    this.over = over.promise;
    this.turn = place.nursery.ordered(async (_signal, { come }) => {
      const isStopped = await Promise.race([this.#died.promise, come.then(() => true)]);
      this.#isOver = true;
      gone(isStopped);
      over.resolve();
    }, { name });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  die(isClean: boolean): void {
    this.#isOver = true;
    this.#died.resolve(false);
    if (isClean) this.#place.finished();
    else this.#place.failed(new Error(`${this.value} failed`));
  }

  end(): void {}
}
