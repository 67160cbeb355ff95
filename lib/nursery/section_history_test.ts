/**
 * Over random histories of sections, also such as no body would have: no circle ever comes to be, and
 * whoever is told to stop does, once, after those that used it.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Section } from "./section.ts";
import { StopOrder } from "./stop_order.ts";
import type { StopGroup, Turn } from "./turn.ts";

const anyStep = fc.record({
  kind: fc.constantFrom(
    ...["enter", "enter", "enter", "ready", "ready", "again", "again", "leave", "stop"] as const,
    ...["section", "section ready", "section again", "begin", "section leaves"] as const,
  ),
  pick: fc.nat(),
  at: fc.nat(),
  uses: fc.option(fc.array(fc.nat(), { maxLength: 3 }), { nil: undefined }),
  group: fc.constantFrom("host", "host", "other", undefined),
});

/** A group whose processes end at once, in the order of their levels. */
class GroupOf implements StopGroup {
  readonly stopped: Turn[] = [];

  stop(levels: readonly (readonly Turn[])[]): void {
    this.stopped.push(...levels.flat());
  }
}

class History {
  readonly order = new StopOrder();
  readonly turns: Turn[] = [];
  readonly sections: Section[] = [];
  readonly #groups = { host: new GroupOf(), other: new GroupOf() };
  readonly #called: Turn[] = [];
  readonly #left = new Set<Turn>();

  async step({ kind, pick, at, uses: picks, group }: Step): Promise<void> {
    const turn = one(this.turns, pick);
    const section = one(this.sections, at);
    const all = [...this.turns, ...this.sections];
    const uses = picks?.flatMap((pick) => one(all, pick) ?? []);
    if (kind === "enter") this.#enter(section, uses, group);
    if (kind === "ready") turn?.ready();
    if (kind === "again") turn?.again(uses);
    if (kind === "leave" && turn) this.#leave(turn);
    if (kind === "stop") {
      this.order.stopThese(uses ?? []);
      await this.settle();
    }
    if (kind === "section") this.sections.push(this.order.section(section, uses));
    if (kind === "section ready") section?.ready();
    if (kind === "section again") section?.again(uses);
    if (kind === "begin") section?.begin();
    if (kind === "section leaves" && section && this.#isOver(section)) {
      section.leave();
      this.sections.splice(this.sections.indexOf(section), 1);
    }
  }

  #enter(
    section: Section | undefined,
    uses: readonly (Turn | Section)[] | undefined,
    group: "host" | "other" | undefined,
  ): void {
    const turn = this.order.enter("owner", uses, section);
    this.turns.push(turn);
    if (group) turn.join(this.#groups[group]);
    else void turn.come.then(() => this.#called.push(turn));
  }

  #isOver(section: Section): boolean {
    return section.turns.length === 0 && this.sections.every(({ parent }) => parent !== section);
  }

  #leave(turn: Turn): void {
    assert.ok(!this.#left.has(turn), "called twice");
    this.#left.add(turn);
    this.turns.splice(this.turns.indexOf(turn), 1);
    this.order.leave(turn);
  }

  /** Until nobody is called any more. */
  async settle(): Promise<void> {
    const groups = Object.values(this.#groups);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      const called = [
        ...groups.flatMap(({ stopped }) => stopped.splice(0)),
        ...this.#called.splice(0),
      ];
      if (called.length === 0) break;
      for (const turn of called) {
        const isHeld = above(turn).some((user) => user.isStopping && !user.isJoint);
        assert.ok(!isHeld, "called before one that used it has left");
        this.#leave(turn);
      }
    }
    assert.ok(this.turns.every(({ isStopping }) => !isStopping), "some are never called");
  }
}

type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

function one<T>(all: readonly T[], pick: number): T | undefined {
  // One more than there are: none.
  return all[pick % (all.length + 1)];
}

/** All that come after one. */
function above(turn: Turn): Turn[] {
  const users = new Set(turn.users);
  for (const user of users) for (const next of user.users) users.add(next);
  return [...users];
}

Deno.test("no history of sections closes a circle or leaves one that never stops", async () => {
  const property = fc.asyncProperty(fc.array(anyStep, { maxLength: 60 }), async (steps) => {
    const history = new History();
    for (const step of steps) {
      await history.step(step);
      for (const turn of history.turns) {
        assert.ok(!above(turn).includes(turn), "there is a circle");
      }
    }
    history.order.stop("owner");
    await history.settle();
    assert.deepEqual(history.turns, []);
  });
  await fc.assert(property, { numRuns: 2000 });
});
