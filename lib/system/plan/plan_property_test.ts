/** Random systems that are changed at random, in virtual time: what is done is what the plan says. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { checkUnforeseen } from "../../agent/mod.ts";
import { Nursery } from "../../nursery/mod.ts";
import { HeldClock } from "../../testing/held_clock.ts";
import { onFailure } from "../policy/mod.ts";
import { FakeServices } from "../scope/fake_services.ts";
import { anyItems } from "../scope/fake_items.ts";
import { FakeSystem, type Items, type Values } from "../scope/fake_system.ts";
import { scopeOf, scopesOf, supervise } from "../scope/supervise.ts";
import type { Plan, PlannedDeed } from "./plan.ts";
import { planOfScope } from "./plan_of.ts";

/** How many systems; their seed, of which "random" is another each time. */
const RUNS = Number(Deno.env.get("PLANS") ?? 300);
const GIVEN = Deno.env.get("PLANS_SEED") ?? "random";
const SEED = GIVEN === "random" ? crypto.getRandomValues(new Int32Array(1))[0]! : Number(GIVEN);

/** A system of which some, or a part of it, is as it was. */
const anyChange: fc.Arbitrary<readonly [Items, Items]> = fc.oneof(
  fc.tuple(anyItems(2), anyItems(2)),
  anyItems(2).chain((items) =>
    fc.tuple(fc.constant(items), fc.array(fc.constantFrom("same", "same", "mark", "gone"))).map(
      ([items, deeds]) => {
        const changed = items.flatMap((item, index) => {
          const deed = deeds[index % deeds.length];
          if (deed === "gone") return [];
          return deed === "mark" ? { ...item, mark: 1 - item.mark } : item;
        });
        return [items, changed] as const;
      },
    )
  ),
);

/** Services before whose start something is done that cannot be foreseen. */
class Clouded extends FakeServices {
  clouds: ReadonlySet<string> = new Set();
  changes = 0;

  override async start(
    ...[nursery, name, options]: Parameters<FakeServices["start"]>
  ): ReturnType<FakeServices["start"]> {
    if (this.clouds.has(name)) {
      checkUnforeseen("write a file");
      this.changes++;
    }
    return await super.start(nursery, name, options);
  }
}

interface Done {
  /** What was done, by path. */
  readonly done: Map<string, PlannedDeed>;
  readonly plan: Plan;
}

/** Plans a change, makes it, and looks at what was done. */
async function change(items: Items, other: Items, clouds: readonly string[]): Promise<Done> {
  const clock = new HeldClock();
  const services = new Clouded(clock);
  const policy = onFailure({ most: Infinity, start: "again", backoff: { first: 0, jitter: 0 } });
  const system = new FakeSystem(services, () => policy);
  const instances = () => new Map([...services.standing].map((each) => [each.path, each.instance]));
  let result: Done | undefined;
  const values: Values = { items, known: [] };
  const run = Nursery.run(async (nursery) => {
    await supervise(nursery, "", system.body, { arguments: values, policy });
    await rest(nursery, clock);
    const before = instances();
    services.clouds = new Set(clouds);
    const events = nursery.running;
    const plan = await planOfScope(nursery, scopeOf(nursery, ""), { arguments: { items: other } });
    assert.equal(services.changes, 0, "a plan has changed something");
    assert.deepEqual(instances(), before, "a plan has started or stopped something");
    assert.equal(nursery.running, events, "a plan has left tasks");
    await scopeOf(nursery, "").run({ items: other });
    await rest(nursery, clock);
    const after = instances();
    const paths = new Set([...before.keys(), ...after.keys()]);
    const done = new Map(
      Array.from(paths, (path) => [path, deed(before.get(path), after.get(path))]),
    );
    result = { done, plan };
    nursery.cancel();
  }, { clock });
  let isOver = false;
  run.catch(() => {}).finally(() => isOver = true);
  for (let turns = 0; !isOver; turns++) {
    assert.ok(turns < 10_000, "it hangs");
    await clock.advance(100);
  }
  await run.catch((error) => {
    if (!result) throw error;
  });
  return result!;
}

function deed(before: bigint | undefined, after: bigint | undefined): PlannedDeed {
  if (before === after) return "keep";
  if (before === undefined) return "start";
  return after === undefined ? "stop" : "replace";
}

async function rest(nursery: Nursery, clock: HeldClock): Promise<void> {
  for (let quiet = 0; quiet < 3; quiet++) {
    await clock.sleep(1000);
    if (scopesOf(nursery).some(({ state }) => state !== "standing")) quiet = 0;
  }
}

const sorted = (deeds: Iterable<readonly [string, PlannedDeed]>) =>
  [...deeds].map((each) => each.join(" ")).sort();

Deno.test("what a run does is what its plan says", async () => {
  const property = fc.asyncProperty(anyChange, async ([items, other]) => {
    const { done, plan } = await change(items, other, []);
    assert.deepEqual(plan.seals, []);
    assert.deepEqual(sorted(plan.actions.map(({ path, deed }) => [path, deed])), sorted(done));
  });
  await fc.assert(property, { numRuns: RUNS, seed: SEED });
});

Deno.test("what a run does is what its plan says, or is beyond what it could see", async () => {
  const anyClouds = fc.subarray(["a", "b", "c", "d", "e"], { minLength: 1, maxLength: 2 });
  const property = fc.asyncProperty(anyChange, anyClouds, async ([items, other], clouds) => {
    const { done, plan } = await change(items, other, clouds);
    const said = new Map(plan.actions.map(({ path, deed }) => [path, deed]));
    for (const [path, deed] of done) {
      const isBeyond = plan.seals.some(({ scope }) => scope === "" || path.startsWith(`${scope}/`));
      if (!said.has(path) && isBeyond) continue;
      assert.equal(said.get(path), deed, path);
    }
    for (const path of said.keys()) assert.ok(done.has(path), path);
  });
  await fc.assert(property, { numRuns: RUNS, seed: SEED });
});
