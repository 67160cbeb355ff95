import assert from "node:assert/strict";
import fc from "fast-check";
import { type StopGroup, StopOrder, type Turn } from "./stop_order.ts";

/** A group that keeps what it is asked for, by the names of the turns. */
class Recorder implements StopGroup {
  readonly requests: string[][][] = [];
  readonly #names: ReadonlyMap<Turn, string>;

  constructor(names: ReadonlyMap<Turn, string>) {
    this.#names = names;
  }

  stop(levels: readonly (readonly Turn[])[]): void {
    this.requests.push(levels.map((turns) => turns.map((turn) => this.#names.get(turn)!)));
  }
}

/** An order whose turns have names. */
class Trial {
  readonly order = new StopOrder();
  readonly names = new Map<Turn, string>();
  readonly turns = new Map<string, Turn>();
  readonly host = new Recorder(this.names);
  readonly other = new Recorder(this.names);

  enter(name: string, group: StopGroup | undefined, uses?: readonly string[]): Turn {
    const turn = this.order.enter("owner", uses?.map((used) => this.turns.get(used)!));
    this.names.set(turn, name);
    this.turns.set(name, turn);
    if (group) turn.join(group);
    return turn;
  }

  /** One that is ready at once. */
  start(name: string, group: StopGroup | undefined, uses?: readonly string[]): Turn {
    const turn = this.enter(name, group, uses);
    turn.ready();
    return turn;
  }

  async stop(): Promise<void> {
    this.order.stop("owner");
    await Promise.resolve();
  }

  async leave(...names: string[]): Promise<void> {
    for (const name of names) this.order.leave(this.turns.get(name)!);
    await Promise.resolve();
  }
}

Deno.test("StopOrder asks a group once for a chain, in levels", async () => {
  const trial = new Trial();
  for (const name of ["a", "b", "c"]) trial.start(name, trial.host);
  await trial.stop();
  assert.deepEqual(trial.host.requests, [[["c"], ["b"], ["a"]]]);
  await trial.leave("c", "b", "a");
  assert.equal(trial.host.requests.length, 1);
});

Deno.test("StopOrder puts siblings into one level, whoever came before them", async () => {
  const trial = new Trial();
  trial.start("base", trial.host);
  const siblings = Array.from({ length: 1000 }, (_, index) => `s${index}`);
  const turns = siblings.map((name) => trial.enter(name, trial.host));
  for (const turn of turns) turn.ready();
  const later = ["later 1", "later 2"];
  for (const turn of later.map((name) => trial.enter(name, trial.host))) turn.ready();
  await trial.stop();
  assert.deepEqual(trial.host.requests, [[later, siblings, ["base"]]]);
});

Deno.test("StopOrder believes what was used, when it is said", async () => {
  const trial = new Trial();
  for (const name of ["a", "b"]) trial.start(name, trial.host, []);
  trial.start("c", trial.host, ["a"]);
  await trial.stop();
  assert.deepEqual(trial.host.requests, [[["b", "c"], ["a"]]]);
});

Deno.test("StopOrder waits between groups, and for what has no group", async () => {
  const trial = new Trial();
  trial.start("a", trial.host);
  trial.start("b", trial.host);
  trial.start("far", trial.other);
  const task = trial.start("task", undefined);
  let called = false;
  void task.come.then(() => called = true);
  trial.start("c", trial.host);
  await trial.stop();
  assert.deepEqual([trial.host.requests, trial.other.requests, called], [[[["c"]]], [], false]);
  await trial.leave("c");
  assert.deepEqual([trial.other.requests, called], [[], true]);
  await trial.leave("task");
  assert.deepEqual(trial.other.requests, [[["far"]]]);
  await trial.leave("far");
  assert.deepEqual(trial.host.requests, [[["c"]], [["b"], ["a"]]]);
});

Deno.test("StopOrder keeps what was used until its users have gone, also over one that has left", async () => {
  const trial = new Trial();
  for (const name of ["a", "b", "c"]) trial.start(name, trial.host);
  await trial.leave("b");
  await trial.stop();
  assert.deepEqual(trial.host.requests, [[["c"], ["a"]]]);
});

Deno.test("StopOrder finds what may have been used again when its only user has left", async () => {
  const trial = new Trial();
  trial.start("a", trial.host);
  trial.start("b", trial.host, ["a"]);
  await trial.leave("b");
  trial.start("c", trial.host);
  await trial.stop();
  assert.deepEqual(trial.host.requests, [[["c"], ["a"]]]);
});

Deno.test("StopOrder does not wait for those that do not stop", async () => {
  const trial = new Trial();
  const inner = trial.order.enter("inner", undefined);
  inner.ready();
  trial.start("outer", trial.host);
  let called = false;
  void inner.come.then(() => called = true);
  trial.order.stop("inner");
  await Promise.resolve();
  await Promise.resolve();
  assert.equal(called, true);
});

Deno.test("StopOrder has one wait for those that used it through others that go on", async () => {
  const trial = new Trial();
  trial.start("a", trial.host, []);
  trial.start("b", trial.host, ["a"]);
  trial.start("c", trial.host, ["b"]);
  trial.start("d", trial.other, ["b"]);
  trial.order.stopThese([trial.turns.get("a")!, trial.turns.get("c")!]);
  await Promise.resolve();
  assert.deepEqual(trial.host.requests, [[["c"], ["a"]]]);
  await trial.leave("c", "a");
  trial.start("e", undefined, []);
  trial.start("f", trial.host, ["e"]);
  trial.start("g", trial.other, ["f"]);
  trial.order.stopThese([trial.turns.get("e")!, trial.turns.get("g")!]);
  await Promise.resolve();
  assert.deepEqual(trial.other.requests, [[["g"]]]);
  assert.equal(trial.turns.get("e")!.isCalled, false);
  await trial.leave("g");
  assert.equal(trial.turns.get("e")!.isCalled, true);
});

Deno.test("StopOrder finds turns by what they provide, until they leave", async () => {
  const trial = new Trial();
  const [a, b] = ["a", "b"].map((name) => trial.start(name, trial.host)) as [Turn, Turn];
  for (const turn of [a, b]) turn.provides("127.0.0.1:80");
  assert.deepEqual(trial.order.providers("127.0.0.1:80"), [a, b]);
  await trial.leave("a");
  assert.deepEqual(trial.order.providers("127.0.0.1:80"), [b]);
  assert.deepEqual(trial.order.providers("other"), []);
});

Deno.test("StopOrder does not find by a key one that is leaving, whose successor has it", async () => {
  const trial = new Trial();
  const [old, next] = ["old", "next"].map((name) => trial.start(name, trial.host)) as [Turn, Turn];
  for (const turn of [old, next]) turn.provides("127.0.0.1:80");
  old.leaving();
  assert.deepEqual(trial.order.providers("127.0.0.1:80"), [next]);
  await trial.leave("old");
  assert.deepEqual(trial.order.providers("127.0.0.1:80"), [next]);
});

/** One step of a random history. */
const anyStep = fc.record({
  kind: fc.constantFrom("enter", "enter", "enter", "ready", "ready", "leave"),
  pick: fc.nat(),
  uses: fc.option(fc.array(fc.nat(), { maxLength: 3 }), { nil: undefined }),
  group: fc.constantFrom("host", "host", "other", undefined),
});

Deno.test("StopOrder calls each turn once, and none before its users have left", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 30 }), async (steps) => {
      const order = new StopOrder();
      const alive: Turn[] = [];
      /** The turns that each may have used, by the plain rule. */
      const uses = new Map<Turn, Turn[]>();
      const ready = new Set<Turn>();
      const left = new Set<Turn>();
      const groups = { host: new GroupOf(), other: new GroupOf() };
      for (const { kind, pick, uses: picks, group } of steps) {
        const some = alive.at(pick % Math.max(1, alive.length));
        if (kind === "enter") {
          const used = picks?.flatMap((index) => alive.at(index % Math.max(1, alive.length)) ?? []);
          const turn = order.enter("owner", used);
          uses.set(turn, used ?? [...ready].filter((other) => !left.has(other)));
          if (group) turn.join(groups[group]);
          alive.push(turn);
        } else if (some && kind === "ready") {
          some.ready();
          ready.add(some);
        } else if (some) {
          order.leave(some);
          left.add(some);
          alive.splice(alive.indexOf(some), 1);
        }
      }
      const called: Turn[] = [];
      for (const turn of alive) void turn.come.then(() => called.push(turn));
      order.stop("owner");
      const gone: Turn[] = [];
      for (let round = 0; gone.length < alive.length; round++) {
        assert.ok(round <= 2 * alive.length, "some are never called");
        await new Promise((resolve) => setTimeout(resolve));
        // In a request, a level goes before the next one.
        for (const turn of [...groups.host.take(), ...groups.other.take(), ...called.splice(0)]) {
          if (gone.includes(turn)) continue;
          for (const [user, used] of uses) {
            const isAlive = alive.includes(user) && !gone.includes(user);
            assert.ok(!used.includes(turn) || !isAlive, "called before its user has left");
          }
          gone.push(turn);
          order.leave(turn);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

/** A group whose processes end at once, in the order of their levels. */
class GroupOf implements StopGroup {
  #turns: Turn[] = [];

  stop(levels: readonly (readonly Turn[])[]): void {
    this.#turns.push(...levels.flat());
  }

  take(): Turn[] {
    return this.#turns.splice(0);
  }
}
