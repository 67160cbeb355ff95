/**
 * Random systems that are changed at random, at any moment, in virtual time: whatever happens to them, what
 * stands when they are at rest is what a fresh start of the same would have led to.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Milliseconds } from "../../clock/mod.ts";
import { Nursery } from "../../nursery/mod.ts";
import { HeldClock } from "../../testing/held_clock.ts";
import { again, type Answer, ask, fail, leave, onFailure, type Policy } from "../policy/mod.ts";
import { anyItems } from "./fake_items.ts";
import { SEED } from "./fake_seed.ts";
import { FakeServices } from "./fake_services.ts";
import { expected, FakeSystem, type Items, lineOf, type Values } from "./fake_system.ts";
import type { AnyScope } from "./scope.ts";
import { onHeld, scopeOf, scopesOf, supervise } from "./supervise.ts";

type Event =
  | { readonly kind: "run"; readonly items: Items }
  | { readonly kind: "kill" | "refuse" | "restart" | "inner"; readonly index: number }
  | { readonly kind: "throw"; readonly index: number; readonly step: number };

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  fc.record({ kind: fc.constant("run" as const), items: anyItems(2) }),
  fc.record({
    kind: fc.constantFrom("kill", "kill", "refuse", "restart", "inner"),
    index: fc.nat(20),
  }),
  fc.record({ kind: fc.constant("throw" as const), index: fc.nat(5), step: fc.nat(3) }),
);

const anyEvents = fc.array(
  fc.record({ after: fc.constantFrom(0, 0, 1, 3, 50), event: anyEvent }),
  { maxLength: 6 },
);

const anyPolicies = fc.array(
  fc.record({
    again: fc.constantFrom("one" as const, "one" as const, "rest" as const, "all" as const),
    first: fc.constantFrom(0, 20),
  }),
  { minLength: 1, maxLength: 3 },
);

/** Longer than anything takes here. */
const LONG: Milliseconds = 100_000;

/** A system under way. */
class Trial {
  readonly clock = new HeldClock();
  readonly services = new FakeServices(this.clock);
  readonly system: FakeSystem;
  readonly #asked = new Set<Promise<unknown>>();
  items: Items;

  constructor(items: Items, policyOf: (path: string) => Policy) {
    this.items = items;
    this.system = new FakeSystem(this.services, policyOf);
  }

  async run(body: (nursery: Nursery) => Promise<void>, isAtRest = true): Promise<void> {
    let isOver = false;
    const run = Nursery.run(async (nursery) => {
      await body(nursery);
      this.services.isEnding = isAtRest;
      nursery.cancel();
    }, { clock: this.clock }).finally(() => isOver = true);
    run.catch(() => {});
    await this.passUntil(() => isOver);
    await run.catch((error) => {
      if (error.name !== "AbortError") throw error;
    });
    assert.deepEqual([...this.services.standing].map(({ path }) => path), [], "left standing");
    assert.equal(this.isAsked, false, "somebody still waits");
    assert.deepEqual(this.services.problems, []);
  }

  async start(nursery: Nursery): Promise<AnyScope> {
    const { system, items } = this;
    const values: Values = { items, known: [], trap: undefined };
    const policy = system.policyOf("");
    this.ask(supervise(nursery, "", system.body, { arguments: values, policy }));
    await this.clock.advance(0);
    return scopeOf(nursery, "");
  }

  ask(promise: Promise<unknown>): void {
    const asked = promise.finally(() => this.#asked.delete(asked));
    asked.catch(() => {});
    this.#asked.add(asked);
  }

  get isAsked(): boolean {
    return this.#asked.size > 0;
  }

  async passUntil(isMet: () => boolean): Promise<void> {
    const end = this.clock.now() + LONG;
    await this.clock.advance(0);
    while (!isMet()) {
      assert.ok(this.clock.now() < end, "it hangs");
      await this.clock.advance(100);
    }
  }

  async rest(nursery: Nursery): Promise<void> {
    const isQuiet = () =>
      !this.isAsked && scopesOf(nursery).every(({ state }) => state === "standing");
    await this.passUntil(isQuiet);
    await this.clock.advance(1000);
    await this.passUntil(isQuiet);
  }

  /** Checks that what stands is what was asked for, and holds what stands. */
  check(value: unknown): void {
    const instances = this.checkStanding(() => false);
    const whole = expected(this.items).value.map((given) =>
      given.instance === undefined ? given : { ...given, instance: instances.get(given.path) }
    );
    assert.deepEqual(value, whole);
  }

  /** @param mayLack Whether this need not stand. */
  checkStanding(mayLack: (line: string) => boolean): Map<string, bigint> {
    const { standing } = this.services;
    const fresh = expected(this.items);
    const lines = [...standing].map(({ path, mark, uses }) => lineOf(path, mark, uses));
    const wanted = fresh.lines.filter((line) => lines.includes(line) || !mayLack(line));
    assert.deepEqual(lines.sort(), wanted);
    const instances = new Map([...standing].map(({ path, instance }) => [path, instance]));
    for (const { path, uses = [] } of standing) {
      for (const used of uses) {
        if (used.instance === undefined) continue;
        assert.equal(used.instance, instances.get(used.path), `${path} holds what is gone`);
      }
    }
    this.services.ended = [];
    assert.deepEqual(this.services.problems, []);
    return instances;
  }

  /** What is pruned at once is so in the order of its use. */
  checkOrder(): void {
    const standing = new Set([...this.services.standing].map(({ path }) => path));
    const gone = this.services.ended.filter(({ path, isDead }) => !isDead && !standing.has(path));
    const instances = new Set(this.services.ended.map(({ instance }) => instance));
    // What held another was stopped with that, and not when it was pruned.
    const last = new Map(gone.map((service) => [service.path, service]));
    for (const user of last.values()) {
      for (const path of user.mayUse) {
        const used = last.get(path);
        // What is in a scope inside is pruned by that scope's own run, before the one around it is over.
        const isOutside = !user.path.startsWith(path.slice(0, path.lastIndexOf("/") + 1));
        if (!used || used.called > user.gone || isOutside) continue;
        if (!used.holds.isDisjointFrom(instances)) continue;
        assert.fail(`${path} is stopped before ${user.path}, which may use it`);
      }
    }
  }

  happen(nursery: Nursery, event: Event): void {
    const root = scopeOf(nursery, "");
    const pick = <T>(all: readonly T[], index: number) => all[index % all.length];
    const { standing, failing } = this.services;
    const scopes = scopesOf(nursery);
    switch (event.kind) {
      case "run":
        this.items = event.items;
        return this.ask(root.run({ items: event.items, trap: undefined }));
      case "kill":
        return pick([...standing].filter((each) => each.called === Infinity), event.index)?.die();
      case "refuse": {
        const service = pick([...standing], event.index);
        return void (service && failing.set(service.path, 1));
      }
      case "restart": {
        const names = [...standing].map(({ path }) => path).filter((path) => !path.includes("/"));
        const name = pick(names, event.index);
        if (name === undefined) return;
        return this.ask(root.restart(name).catch(() => {}));
      }
      case "inner":
        return this.ask(pick(scopes, event.index)!.run().catch(() => {}));
      case "throw": {
        const { path } = pick(scopes, event.index)!;
        return void this.system.throwing.set(path, { step: event.step, times: 1 });
      }
    }
  }
}

type Policies = readonly { readonly again: "one" | "rest" | "all"; readonly first: Milliseconds }[];

/** Policies without a limit. */
function endless(policies: Policies): (path: string) => Policy {
  return (path) => {
    const { again, first } = policies[path.length % policies.length]!;
    const backoff = { first, jitter: 0, most: 100 };
    return onFailure({ most: Infinity, start: "again", again, backoff });
  };
}

Deno.test("whatever happens to a system, what stands at rest is what a fresh start leads to", async () => {
  const property = fc.asyncProperty(
    anyItems(2),
    anyPolicies,
    anyEvents,
    async (items, policies, events) => {
      const trial = new Trial(items, endless(policies));
      await trial.run(async (nursery) => {
        const root = await trial.start(nursery);
        for (const { after, event } of events) {
          await trial.clock.advance(after);
          trial.happen(nursery, event);
        }
        await trial.rest(nursery);
        trial.check(root.value);
      });
    },
  );
  await fc.assert(property, { numRuns: 500, ...SEED });
});

/** Systems in which what is replaced is gone before what replaces it is there. */
const anyInOrder = anyItems(2).map(function inOrder(items: Items): Items {
  return items.map((item) => ({ ...item, overlaps: false, body: item.body && inOrder(item.body) }));
});

Deno.test("what a system needs no more stops in the order of its use", async () => {
  const property = fc.asyncProperty(anyInOrder, fc.array(anyInOrder), async (items, others) => {
    const trial = new Trial(items, endless([{ again: "one", first: 0 }]));
    await trial.run(async (nursery) => {
      const root = await trial.start(nursery);
      await trial.rest(nursery);
      trial.check(root.value);
      for (const items of others) {
        trial.happen(nursery, { kind: "run", items });
        await trial.rest(nursery);
        trial.checkOrder();
        trial.check(root.value);
      }
    });
  });
  await fc.assert(property, { numRuns: 200, ...SEED });
});

Deno.test("whenever a system is cancelled, nothing of it is left", async () => {
  const property = fc.asyncProperty(
    anyItems(2),
    anyPolicies,
    anyEvents,
    fc.constantFrom(0, 1, 3, 10),
    async (items, policies, events, after) => {
      const trial = new Trial(items, endless(policies));
      await trial.run(async (nursery) => {
        trial.start(nursery).catch(() => {});
        for (const { after, event } of events) {
          await trial.clock.advance(after);
          trial.happen(nursery, event);
        }
        await trial.clock.advance(after);
      }, false);
    },
  );
  await fc.assert(property, { numRuns: 500, ...SEED });
});

const anyTrap = fc.record({ path: fc.constantFrom("", "P", "Q", "P/P", "P/Q"), step: fc.nat(3) });

Deno.test("a change that fails for good leaves what stood before it", async () => {
  const property = fc.asyncProperty(
    fc.array(anyItems(2), { minLength: 3, maxLength: 3 }),
    anyTrap,
    fc.nat(),
    fc.constantFrom("leave" as const, "ask" as const),
    async ([items, bad, next], trap, refused, answer) => {
      let isTried = false;
      const whenTried = (path: string): Answer => {
        if (path !== "") return fail();
        return answer === "ask" ? ask("What now?") : leave();
      };
      const policyOf = (path: string) => () => isTried ? whenTried(path) : again();
      const trial = new Trial(items!, policyOf);
      await trial.run(async (nursery) => {
        using _ = onHeld(nursery, () => {});
        const root = await trial.start(nursery);
        await trial.rest(nursery);
        trial.check(root.value);
        isTried = true;
        const before = marksOf(items!);
        const others = [...marksOf(bad!)].filter((mark) => !before.has(mark));
        if (others.length > 0) trial.services.refused.add(others[refused % others.length]!);
        trial.ask(root.run({ items: bad!, trap }).then(() => trial.items = bad!));
        await trial.passUntil(() => !trial.isAsked);
        await trial.clock.advance(1000);
        // What held a process that had to be started anew cannot be started with the one before.
        trial.checkStanding((line) => line.includes("!"));
        isTried = false;
        trial.services.refused.clear();
        trial.happen(nursery, { kind: "run", items: next! });
        await trial.rest(nursery);
        trial.check(root.value);
      });
    },
  );
  await fc.assert(property, { numRuns: 500, ...SEED });
});

/** The paths and marks of all services of a system. */
function marksOf(items: Items): Set<string> {
  return new Set(expected(items).lines.map((line) => line.split(" ").slice(0, 2).join(" ")));
}
