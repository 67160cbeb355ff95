/**
 * Over random bodies that are run again with random changes, two deep, whole or one section alone: who must
 * wait for whom is what it would be if the last runs had been the only ones, and all stop by that.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Section } from "./section.ts";
import { StopOrder } from "./stop_order.ts";
import type { StopGroup, Turn } from "./turn.ts";

/** What a body claims, and with what luck: it is begun beside the one before it, or after it. */
interface Claim {
  readonly name: string;
  readonly isBeside: boolean;
  readonly how: "adopt" | "replace" | "overlap" | "dies";
  /** What it uses, as picks from what is known; undefined: not known. */
  readonly picks: readonly number[] | undefined;
  /** If it is a section. */
  body?: Body;
  /** What the picks are, as paths. */
  uses?: readonly string[] | undefined;
}

type Body = readonly Claim[];

function anyClaim(names: readonly string[]) {
  return {
    name: fc.constantFrom(...names),
    isBeside: fc.boolean(),
    how: fc.constantFrom(
      "adopt" as const,
      "adopt" as const,
      "replace" as const,
      "overlap" as const,
    ),
    picks: fc.option(fc.array(fc.nat(), { maxLength: 2 }), { nil: undefined }),
  };
}

function anyBody(depth: number): fc.Arbitrary<Body> {
  const turn: fc.Arbitrary<Claim> = fc.record(anyClaim(["a", "b", "c", "d", "e"]));
  const claim = depth === 0 ? turn : fc.oneof(
    { weight: 3, arbitrary: turn },
    {
      weight: 2,
      arbitrary: fc.record({ ...anyClaim(["P", "Q", "R"]), body: anyBody(depth - 1) }),
    },
  );
  return fc.uniqueArray(claim, { selector: ({ name }) => name, maxLength: 6 });
}

/** A section, what stands in it, and the body that was run last. */
class Standing {
  readonly turns = new Map<string, Turn>();
  readonly inner = new Map<string, Standing>();
  /** What could be named when it was claimed. */
  known: readonly string[] = [];
  body: Body = [];

  constructor(readonly path: string, readonly section: Section) {}
}

/** Runs bodies of a scope between two turns, as a system does that adopts what stands. */
class System {
  readonly order = new StopOrder();
  readonly first = this.#enter(undefined, undefined);
  readonly scope = new Standing("", this.order.section());
  readonly last: Turn;

  constructor(body: Body) {
    this.run(this.scope, body);
    this.last = this.#enter(undefined, undefined);
  }

  #enter(uses: (Turn | Section)[] | undefined, section: Section | undefined): Turn {
    const turn = this.order.enter("owner", uses, section);
    if (!section) turn.ready();
    return turn;
  }

  run(at: Standing, body: Body): string[] {
    for (const { name, how } of body) if (how === "dies") this.#leave(at, name);
    at.section.begin();
    at.body = body;
    const known = [...at.known];
    for (const claims of steps(body)) {
      for (const claim of claims) this.#claim(at, claim, known);
      const found = claims.flatMap(({ name, body }) => {
        const inner = at.inner.get(name);
        return [`${at.path}/${name}`, ...(inner ? this.run(inner, body!) : [])];
      });
      for (const { name } of claims.toReversed()) at.turns.get(name)?.ready();
      known.push(...found);
    }
    const names = new Set(body.map(({ name }) => name));
    for (const name of [...at.turns.keys(), ...at.inner.keys()]) {
      if (!names.has(name)) this.#leave(at, name);
    }
    at.section.ready();
    return known.slice(at.known.length);
  }

  #claim(at: Standing, claim: Claim, known: readonly string[]): void {
    const { name, how, picks, body } = claim;
    if (known.length > 0) claim.uses ??= picks?.map((pick) => known[pick % known.length]!);
    const uses = picks && (claim.uses ?? []).map((path) => this.#find(path));
    if (body) {
      const standing = at.inner.get(name);
      if (standing) standing.section.again(uses);
      const section = standing?.section ?? this.order.section(at.section, uses);
      const inner = standing ?? new Standing(`${at.path}/${name}`, section);
      inner.known = [...known];
      at.inner.set(name, inner);
      return;
    }
    const old = at.turns.get(name);
    if (old && how === "adopt") return old.again(uses);
    if (old && how === "replace") this.order.leave(old);
    at.turns.set(name, this.#enter(uses, at.section));
    if (old) this.order.leave(old);
  }

  #leave(at: Standing, name: string): void {
    const turn = at.turns.get(name);
    at.turns.delete(name);
    if (turn) this.order.leave(turn);
    const inner = at.inner.get(name);
    at.inner.delete(name);
    if (!inner) return;
    for (const name of [...inner.turns.keys(), ...inner.inner.keys()]) this.#leave(inner, name);
    inner.section.leave();
  }

  /** What has this path, else the innermost section that it would be in. */
  #find(path: string): Turn | Section {
    let at = this.scope;
    for (const name of path.split("/").slice(1)) {
      const turn = at.turns.get(name);
      if (turn) return turn;
      const inner = at.inner.get(name);
      if (!inner) break;
      at = inner;
    }
    return at.section;
  }

  /** All turns, by their paths. */
  get turns(): Map<string, Turn> {
    return new Map([["first", this.first], ...turnsIn(this.scope), ["last", this.last]]);
  }
}

/** Those of a body that are begun beside each other. */
function steps(body: Body): Claim[][] {
  const steps: Claim[][] = [];
  for (const claim of body) {
    const step = steps.at(-1);
    if (claim.isBeside && step) step.push(claim);
    else steps.push([claim]);
  }
  return steps;
}

function turnsIn({ path, turns, inner }: Standing): [string, Turn][] {
  const own = [...turns].map(([name, turn]): [string, Turn] => [`${path}/${name}`, turn]);
  return [...own, ...[...inner.values()].flatMap(turnsIn)];
}

function sectionsIn(standing: Standing): Standing[] {
  return [standing, ...[...standing.inner.values()].flatMap(sectionsIn)];
}

/** The body that would have led to what stands now, if it had been the only one. */
function bodyOf({ body, inner }: Standing): Body {
  return body.map((claim) =>
    claim.body ? { ...claim, body: bodyOf(inner.get(claim.name)!) } : claim
  );
}

/** By plain sets: all that each comes after. */
class Model {
  readonly uses = new Map<string, Set<string>>();
  /** What stands for a path to those outside of it. */
  readonly #all = new Map<string, Set<string>>();

  constructor(body: Body) {
    const all = this.#run("", body, new Set(["first"]));
    this.uses.set("first", new Set());
    this.uses.set("last", new Set(["first", ...all]));
  }

  #run(path: string, body: Body, base: ReadonlySet<string>): Set<string> {
    const ready = new Set(base);
    for (const claims of steps(body)) {
      const found = claims.flatMap(({ name, body, picks, uses }) => {
        const own = `${path}/${name}`;
        const used = new Set(picks ? (uses ?? []).flatMap((use) => this.#seen(own, use)) : ready);
        if (!body) this.uses.set(own, used);
        const all = body ? this.#run(own, body, used) : new Set([own]);
        return [[own, all] as const];
      });
      for (const [own, all] of found) this.#all.set(own, all);
      for (const one of found.flatMap(([, all]) => [...all])) ready.add(one);
    }
    return ready;
  }

  /** What the use of a path is, for one: all of the outermost section that it is not in itself. */
  #seen(user: string, use: string): string[] {
    const parts = use.split("/");
    const length = parts.findIndex((_, index) =>
      !user.startsWith(`${parts.slice(0, index + 1).join("/")}/`)
    );
    if (length === -1) return [];
    return [...(this.#all.get(parts.slice(0, length + 1).join("/")) ?? [])];
  }

  /** Who must wait for whom. */
  get pairs(): string[] {
    return pairsOf(this.uses.keys(), (path) => this.uses.get(path)!);
  }
}

function pairsOf<T>(
  all: Iterable<T>,
  uses: (one: T) => Iterable<T>,
  name: (one: T) => string | undefined = String,
): string[] {
  const pairs = [...all].flatMap((user) => {
    const found = new Set(uses(user));
    for (const used of found) for (const next of uses(used)) found.add(next);
    return [...found].flatMap((used) =>
      name(used) ? [`${name(used)} waits for ${name(user)}`] : []
    );
  });
  return pairs.sort();
}

function pairsIn({ turns }: System): string[] {
  const names = new Map([...turns].map(([name, turn]) => [turn, name]));
  return pairsOf(turns.values(), (turn) => turn.uses, (turn) => names.get(turn));
}

/** A group whose processes end at once, in the order of their levels. */
class GroupOf implements StopGroup {
  readonly stopped: Turn[] = [];

  stop(levels: readonly (readonly Turn[])[]): void {
    this.stopped.push(...levels.flat());
  }
}

/** Has some stop, and checks that each does once, after those of them that used it. */
async function stop(order: StopOrder, turns: readonly Turn[], begin: () => void): Promise<void> {
  const groups = [new GroupOf(), new GroupOf()];
  const called: Turn[] = [];
  for (const [index, turn] of turns.entries()) {
    const group = groups.at(index % 3);
    if (group) turn.join(group);
    else void turn.come.then(() => called.push(turn));
  }
  const left = new Set(turns);
  begin();
  while (left.size > 0) {
    await new Promise((resolve) => setImmediate(resolve));
    const now = [...groups.flatMap(({ stopped }) => stopped.splice(0)), ...called.splice(0)];
    assert.notEqual(now.length, 0, "some are never called");
    for (const turn of now) {
      assert.ok(left.delete(turn), "called twice");
      const users = new Set(turn.users);
      for (const user of users) for (const next of user.users) users.add(next);
      assert.ok(left.isDisjointFrom(users), "called before one that used it has left");
      order.leave(turn);
    }
  }
}

const anyRuns = fc.array(fc.record({ pick: fc.nat(), body: anyBody(2) }), { maxLength: 4 });

Deno.test("a section that was run again stops as if it had been run only then", async () => {
  const property = fc.asyncProperty(anyBody(2), anyRuns, fc.nat(), async (body, runs, pick) => {
    const system = new System(body);
    for (const { pick, body } of runs) {
      const sections = sectionsIn(system.scope);
      const at = sections[pick % sections.length]!;
      system.run(at, body);
      const whole = bodyOf(system.scope);
      assert.deepEqual(pairsIn(system), new Model(whole).pairs);
      assert.deepEqual(pairsIn(system), pairsIn(new System(whole)));
    }
    const { order, scope, turns } = system;
    const sections = sectionsIn(scope);
    const { section } = sections[pick % sections.length]!;
    await stop(order, section.turns, () => order.stopThese([section]));
    const rest = turns.values().filter((turn) => !turn.isCalled);
    await stop(order, [...rest], () => order.stop("owner"));
  });
  await fc.assert(property, { numRuns: 1000 });
});
