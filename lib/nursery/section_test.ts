import assert from "node:assert/strict";
import type { Section } from "./section.ts";
import { StopOrder } from "./stop_order.ts";
import type { Turn, Used } from "./turn.ts";

/** An order whose turns have names. */
class Trial {
  readonly order = new StopOrder();
  readonly turns = new Map<string, Turn>();

  enter(name: string, section?: Section, uses?: readonly Used[]): Turn {
    const turn = this.order.enter("owner", uses, section);
    this.turns.set(name, turn);
    return turn;
  }

  /** One that is ready at once. */
  start(name: string, section?: Section, uses?: readonly Used[]): Turn {
    const turn = this.enter(name, section, uses);
    turn.ready();
    return turn;
  }

  /** A section in which these are started one after the other. */
  run(names: readonly string[], parent?: Section): Section {
    const section = this.order.section(parent);
    for (const name of names) this.start(name, section);
    section.ready();
    return section;
  }

  leave(name: string): void {
    this.order.leave(this.turns.get(name)!);
    this.turns.delete(name);
  }

  /** The names of those that stop together, the first ones first, as each step of them has left. */
  async stop(stop = () => this.order.stop("owner")): Promise<string[]> {
    const called: string[] = [];
    for (const [name, turn] of this.turns) void turn.come.then(() => called.push(name));
    stop();
    const steps: string[] = [];
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (called.length === 0) return steps;
      const names = called.splice(0);
      steps.push(names.toSorted().join(" "));
      for (const name of names) this.leave(name);
    }
  }
}

Deno.test("a section comes after what was ready before it, and what comes later after all in it", async () => {
  const trial = new Trial();
  trial.start("before");
  const section = trial.order.section();
  const [a, b] = ["a", "b"].map((name) => trial.enter(name, section));
  trial.start("beside");
  for (const turn of [a, b]) turn!.ready();
  section.ready();
  trial.start("after");
  assert.deepEqual(await trial.stop(), ["after", "a b beside", "before"]);
});

Deno.test("a section comes after what it uses alone, if that is said", async () => {
  const trial = new Trial();
  const used = trial.start("used", undefined, []);
  trial.start("other", undefined, []);
  const section = trial.order.section(undefined, [used]);
  trial.start("a", section);
  section.ready();
  assert.deepEqual(await trial.stop(), ["a other", "used"]);
});

Deno.test("sections nest, and a use of one in a section is one of all in it", async () => {
  const trial = new Trial();
  const outer = trial.order.section();
  trial.run(["a", "b"], outer);
  trial.start("c", outer);
  outer.ready();
  trial.start("user", undefined, [trial.turns.get("a")!]);
  trial.start("other", undefined, []);
  assert.deepEqual(await trial.stop(), ["other user", "c", "b", "a"]);
});

Deno.test("a section can be used as a whole, but not by one that is in it", async () => {
  const trial = new Trial();
  const section = trial.run(["a"]);
  trial.start("inside", section, [section]);
  trial.start("user", undefined, [section]);
  assert.deepEqual(await trial.stop(), ["user", "a inside"]);
});

Deno.test("what is claimed again comes by the order of the last run", async () => {
  const trial = new Trial();
  const section = trial.run(["a", "b", "c"]);
  section.begin();
  for (const name of ["c", "a"]) {
    trial.turns.get(name)!.again();
    trial.turns.get(name)!.ready();
  }
  trial.leave("b");
  trial.start("new", section);
  section.ready();
  assert.deepEqual(await trial.stop(), ["new", "a", "c"]);
});

Deno.test("those that are claimed again beside each other stop together", async () => {
  const trial = new Trial();
  const section = trial.run(["a", "b", "c"]);
  section.begin();
  const turns = [...trial.turns.values()];
  for (const turn of turns) turn.again();
  for (const turn of turns) turn.ready();
  section.ready();
  assert.deepEqual(await trial.stop(), ["a b c"]);
});

Deno.test("one that is claimed again uses what it says now", async () => {
  const trial = new Trial();
  const section = trial.run(["a", "b", "c"]);
  section.begin();
  const [a, b, c] = [...trial.turns.values()] as [Turn, Turn, Turn];
  for (const [turn, uses] of [[b, []], [a, []], [c, [a]]] as const) {
    turn.again(uses);
    turn.ready();
  }
  section.ready();
  assert.deepEqual(await trial.stop(), ["b c", "a"]);
});

Deno.test("one that is replaced keeps its place for those outside of its section", async () => {
  const trial = new Trial();
  const section = trial.run(["a"]);
  trial.start("after");
  trial.start("user", undefined, [trial.turns.get("a")!]);
  trial.leave("a");
  section.begin();
  trial.start("new a", section);
  section.ready();
  assert.deepEqual(await trial.stop(), ["after user", "new a"]);
});

Deno.test("a section that is claimed again takes its members with it", async () => {
  const trial = new Trial();
  const outer = trial.order.section();
  const [first, second] = [trial.run(["a"], outer), trial.run(["b"], outer)];
  outer.ready();
  outer.begin();
  for (const section of [second, first]) {
    section.again();
    section.ready();
  }
  outer.ready();
  assert.deepEqual(await trial.stop(), ["a", "b"]);
});

Deno.test("before it is claimed again, one keeps its place: a run can end anywhere", async () => {
  const trial = new Trial();
  const section = trial.run(["a", "b", "c"]);
  trial.start("after");
  section.begin();
  trial.turns.get("a")!.again();
  assert.deepEqual(await trial.stop(), ["after", "c", "b", "a"]);
});

Deno.test("one that is not claimed in a run is not ready in it", async () => {
  const trial = new Trial();
  const section = trial.order.section();
  trial.start("old", section);
  trial.enter("late", section, []);
  section.begin();
  trial.turns.get("late")!.ready();
  trial.start("new", section);
  section.ready();
  trial.start("after");
  assert.deepEqual(await trial.stop(), ["after late old", "new"]);
});

Deno.test("one that leaves before it is ready, or that used what is elsewhere, leaves no trace", async () => {
  const trial = new Trial();
  const far = trial.start("far", undefined, []);
  const section = trial.order.section(undefined, []);
  for (const name of ["a", "b"]) trial.start(name, section, []);
  trial.start("left", section, [far]);
  trial.leave("left");
  trial.enter("failed", section);
  trial.leave("failed");
  trial.start("c", section);
  assert.deepEqual(await trial.stop(), ["c far", "a b"]);
});

Deno.test("a use that would close a circle is left out", async () => {
  const trial = new Trial();
  const section = trial.run(["a"]);
  const user = trial.start("user");
  trial.turns.get("a")!.again([user]);
  trial.start("later", section, [user]);
  assert.deepEqual(await trial.stop(), ["later", "user", "a"]);
});

Deno.test("of what may have been used only that is left out which would close a circle", async () => {
  const trial = new Trial();
  const section = trial.run(["a"]);
  const a = trial.turns.get("a")!;
  section.begin();
  trial.start("user", section, [a]);
  trial.start("other", section, []);
  a.again();
  assert.deepEqual(await trial.stop(), ["user", "a", "other"]);
});

Deno.test("one comes after one in a section, if it cannot come after all in it", async () => {
  const trial = new Trial();
  const user = trial.enter("user", undefined, []);
  const section = trial.run(["a"]);
  trial.start("b", section, [user]);
  user.again([trial.turns.get("a")!]);
  assert.deepEqual(await trial.stop(), ["b", "user", "a"]);
});

Deno.test("sections that use each other's members are both before what comes later", async () => {
  const trial = new Trial();
  const [one, two] = [trial.order.section(), trial.order.section()];
  const a = trial.start("a", one);
  const b = trial.start("b", two);
  trial.start("uses b", one, [b]);
  trial.start("uses a", two, [a]);
  for (const section of [one, two]) section.ready();
  trial.start("after");
  assert.deepEqual(await trial.stop(), ["after", "uses b", "b uses a", "a"]);
});

Deno.test("a section that is over leaves no gap", async () => {
  const trial = new Trial();
  trial.start("before");
  const section = trial.run(["a"]);
  trial.start("after");
  trial.leave("a");
  section.leave();
  assert.deepEqual(await trial.stop(), ["after", "before"]);
});

Deno.test("stopThese() stops some alone, those of sections too, by their order", async () => {
  const trial = new Trial();
  const section = trial.run(["a", "b"]);
  const c = trial.start("c");
  trial.start("d");
  assert.deepEqual(await trial.stop(() => trial.order.stopThese([section, c])), ["c", "b", "a"]);
  assert.deepEqual([...trial.turns.keys()], ["d"]);
  trial.start("e");
  assert.deepEqual(await trial.stop(), ["e", "d"]);
});

Deno.test("one stops as soon as what stops does not use it any more", async () => {
  const trial = new Trial();
  const section = trial.run(["a", "b"]);
  const [a, b] = [...trial.turns.values()] as [Turn, Turn];
  trial.order.stopThese([section]);
  await b.come;
  b.again([]);
  await a.come;
});

Deno.test("stopThese() while all stop, or before, changes nothing of the order", async () => {
  const trial = new Trial();
  const section = trial.run(["a", "b"]);
  trial.start("c");
  const both = () => {
    trial.order.stopThese([section]);
    trial.order.stop("owner");
    trial.order.stopThese([trial.turns.get("a")!]);
  };
  assert.deepEqual(await trial.stop(both), ["c", "b", "a"]);
});

/** How many nodes of the graph lead to each other. */
function size(turn: Turn): number {
  const found = new Set([turn]);
  for (const one of found) for (const next of [...one.uses, ...one.users]) found.add(next);
  return found.size;
}

Deno.test("the graph stays as small as it was, however often sections are run", () => {
  const trial = new Trial();
  const outer = trial.order.section();
  const section = trial.run(["a", "b", "c"], outer);
  const user = trial.start("user", outer, [trial.turns.get("b")!]);
  outer.ready();
  const once = (round: number) => {
    if (round % 3 === 0) {
      outer.begin();
      section.again();
    }
    section.begin();
    for (const [index, name] of ["a", "b", "c"].entries()) {
      const turn = trial.turns.get(name)!;
      if (round < 150 || (round + index) % 2 === 0) turn.again();
      else {
        trial.leave(name);
        trial.enter(name, section);
      }
      if (name !== "a") trial.turns.get(name)!.ready();
      if (name === "b") trial.turns.get("a")!.ready();
    }
    section.ready();
    if (round % 3 === 0) {
      user.again();
      user.ready();
      outer.ready();
    }
  };
  const sizes = Array.from({ length: 300 }, (_, round) => {
    once(round);
    return size(user);
  });
  // First all are adopted, then some are replaced.
  assert.deepEqual(sizes.slice(120, 150), sizes.slice(30, 60));
  assert.deepEqual(sizes.slice(270), sizes.slice(180, 210));
});

Deno.test("of a long run that is under way again, each has few edges", () => {
  const order = new StopOrder();
  const section = order.section();
  const turns = Array.from({ length: 100 }, () => {
    const turn = order.enter("owner", undefined, section);
    turn.ready();
    return turn;
  });
  section.begin();
  for (const turn of turns) {
    turn.again();
    turn.ready();
    assert.ok(Math.max(...turns.map(({ uses }) => uses.size)) <= 3);
  }
});
