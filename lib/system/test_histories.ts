/**
 * Over random histories of a scope, what it starts and stops, and in which order, is what a supervisor of
 * Erlang/OTP would: one_for_one is again("one"), rest_for_one again("rest"), one_for_all again("all");
 * intensity and period are `most` and `within`. A permanent child is a finite service under `always`, a
 * transient one under `onFailure`, a temporary one under a policy that leaves it, or under `never` if it is
 * significant; scopes of several kinds have a policy of their own. Where scopes differ on purpose:
 *
 * - They wait before they start again what failed: here for no time at all.
 * - What uses the process of another follows when that is started again. Nothing here does.
 * - What is the same is adopted when a body is run again, where OTP knows each child by itself.
 * - What a scope that fails has stopped is put back before what is around it answers, and a temporary
 *   service that is stopped with its siblings is started with them: see `test_supervisor.ts`.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Clock, Milliseconds } from "../clock/mod.ts";
import { Nursery } from "../nursery/mod.ts";
import {
  always,
  fail,
  leave,
  never,
  onFailure,
  type OnFailureOptions,
  type Policy,
} from "./policy/mod.ts";
import { scopeOf, supervise } from "./scope/supervise.ts";
import { TestServices } from "./test_services.ts";
import { type Child, type Flags, Supervisor } from "./test_supervisor.ts";

/** One child ends by itself, if it is running, so long after the one before. */
interface End {
  readonly child: number;
  readonly after: Milliseconds;
  readonly isClean: boolean;
  readonly refusals: readonly number[];
}

interface History {
  readonly flags: Flags;
  readonly children: readonly Child[];
  /** How many of the next starts of each child fail: the first ones, and those after each end. */
  readonly refusals: readonly number[];
  readonly ends: readonly End[];
}

const MOST_CHILDREN = 3;

function anyRefusals(one: number): fc.Arbitrary<number[]> {
  const count = fc.oneof(
    { weight: one, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 3 }) },
  );
  return fc.array(count, { minLength: MOST_CHILDREN, maxLength: MOST_CHILDREN });
}

function anyChildren(...kinds: Child["restart"][]): fc.Arbitrary<Child[]> {
  const child = fc.record({ restart: fc.constantFrom(...kinds), chance: fc.nat(3) });
  return fc.array(child, { minLength: 1, maxLength: MOST_CHILDREN }).map((children) =>
    children.map(({ restart, chance }, index) => ({
      name: "abcd"[index]!,
      restart,
      significant: restart !== "permanent" && chance === 0,
    }))
  );
}

function anyEnds(maxLength: number): fc.Arbitrary<End[]> {
  const end = fc.record({
    child: fc.nat(MOST_CHILDREN - 1),
    after: fc.nat(6),
    isClean: fc.boolean(),
    refusals: anyRefusals(8),
  });
  return fc.array(end, { minLength: 1, maxLength });
}

const anyHistory: fc.Arbitrary<History> = fc.record({
  flags: fc.record({
    strategy: fc.constantFrom("one_for_one", "rest_for_one", "one_for_all"),
    intensity: fc.nat(3),
    period: fc.integer({ min: 1, max: 10 }),
  }),
  children: fc.oneof(
    anyChildren("permanent"),
    anyChildren("transient"),
    anyChildren("temporary"),
    anyChildren("permanent", "transient", "temporary"),
  ),
  refusals: anyRefusals(50),
  ends: fc.oneof({ weight: 7, arbitrary: anyEnds(2) }, { weight: 1, arbitrary: anyEnds(8) }),
});

/** The policy by which a scope of these children does what a supervisor does. */
function policyOf({ strategy, intensity, period }: Flags, children: readonly Child[]): Policy {
  const what = { one_for_one: "one", rest_for_one: "rest", one_for_all: "all" } as const;
  const options: OnFailureOptions = {
    ...{ most: intensity, within: period, again: what[strategy] },
    ...{ backoff: { first: 0 }, exhausted: "fail" },
  };
  const are = (kind: Child["restart"]) => children.every(({ restart }) => restart === kind);
  if (are("permanent")) return always(options);
  if (are("transient")) return onFailure(options);
  if (are("temporary") && children.every(({ significant }) => significant)) return never;
  const usual = always(options);
  const policy: Policy = (failure, past) => {
    const { restart, significant } = children.find(({ name }) => name === failure.path)!;
    const isAgain = restart === "permanent" || (restart === "transient" && !failure.endedCleanly);
    if (isAgain || failure.kind !== "service") return usual(failure, past);
    return significant ? fail() : leave();
  };
  return Object.assign(policy, { cleanEnds: true });
}

/** Time that is set. Nothing here waits for it to pass. */
class SetClock implements Clock {
  time: Milliseconds = 0;

  now(): Milliseconds {
    return this.time;
  }

  date(): Milliseconds {
    return this.time;
  }

  sleep(duration: Milliseconds, { signal }: { signal?: AbortSignal | undefined } = {}) {
    if (duration <= 0) return Promise.resolve();
    return new Promise<void>((_resolve, reject) =>
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true })
    );
  }
}

/** How many of the next starts fail. */
class Refusals {
  #left = new Map<string, number>();

  set(children: readonly Child[], counts: readonly number[]): void {
    this.#left = new Map(children.map(({ name }, index) => [name, counts[index]!]));
  }

  take(name: string): boolean {
    const left = this.#left.get(name)!;
    this.#left.set(name, left - 1);
    return left > 0;
  }
}

/** A supervisor and a scope to which the same happens. */
class Trial {
  readonly #children: readonly Child[];
  readonly #clock = new SetClock();
  readonly #refusals = [new Refusals(), new Refusals()] as const;
  readonly #supervisor: Supervisor;
  readonly #services: TestServices;
  readonly #ended: Promise<void>;
  #nursery!: Nursery;
  #isOver = false;

  constructor({ flags, children, refusals }: History) {
    this.#children = children;
    this.#refuse(refusals);
    const [one, other] = this.#refusals;
    this.#supervisor = new Supervisor(flags, children, ({ name }) => one.take(name));
    this.#services = new TestServices((name) => other.take(name));
    this.#ended = Nursery.run(async (nursery) => {
      this.#nursery = nursery;
      await supervise(nursery, "", async (nursery) => {
        for (const { name, significant } of children) {
          await this.#services.start(nursery, name, significant ? "scope" : "itself");
        }
      }, { policy: policyOf(flags, children) });
    }, { clock: this.#clock }).catch(() => {}).finally(() => this.#isOver = true);
  }

  /** Lets a child end in both, and compares what that does. */
  async end({ child: index, after, isClean, refusals }: End): Promise<void> {
    this.#clock.time += after;
    const child = this.#children[index];
    if (!child || !this.#supervisor.isRunning(child)) return;
    this.#refuse(refusals);
    this.#supervisor.ended(child, isClean, this.#clock.now());
    this.#services.end(child.name, isClean);
    await this.check();
  }

  /** Ends both, and compares what that does. */
  async stop(): Promise<void> {
    this.#supervisor.stop();
    this.#nursery.cancel();
    await this.#ended;
    await this.check();
  }

  /** Waits until nothing happens any more, and compares what has. */
  async check(): Promise<void> {
    let turns = 0;
    for (let quiet = 0; quiet < 3; turns++) {
      await new Promise((resolve) => void setImmediate(resolve));
      assert.ok(turns < 1000, "the scope does not come to rest");
      quiet = this.#isAtRest ? quiet + 1 : 0;
    }
    assert.equal(this.#services.log.join(" "), this.#supervisor.log.join(" "));
    assert.equal(this.#isOver, this.#supervisor.isOver);
  }

  get #isAtRest(): boolean {
    if (this.#isOver) return true;
    return ["standing", "left", "failed", "ended"].includes(scopeOf(this.#nursery, "").state);
  }

  #refuse(counts: readonly number[]): void {
    for (const refusals of this.#refusals) refusals.set(this.#children, counts);
  }
}

/**
 * Checks random histories.
 *
 * @throws {Error} If one is not as it is to be; with that, as small as it could be made.
 */
export async function checkHistories(count: number): Promise<void> {
  const property = fc.asyncProperty(anyHistory, async (history) => {
    const trial = new Trial(history);
    await trial.check();
    for (const end of history.ends) await trial.end(end);
    await trial.stop();
  });
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0; // Nobody reads the stacks of so many errors.
  try {
    await fc.assert(property, { numRuns: count });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
