/**
 * Random systems whose program dies at random points, and whose services then go on without it, in virtual
 * time: the next program has each of them exactly once, and starts anew none that is what it asks for.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Milliseconds } from "../../clock/mod.ts";
import { Nursery } from "../../nursery/mod.ts";
import { HeldClock } from "../../testing/held_clock.ts";
import { onFailure } from "../policy/mod.ts";
import { FakeAttachment, FakeGround, type Kept } from "./fake_ground.ts";
import { anyItems } from "./fake_items.ts";
import { SEED } from "./fake_seed.ts";
import { FakeServices } from "./fake_services.ts";
import { expected, FakeSystem, type Items, lineOf, type Values } from "./fake_system.ts";
import { scopesOf, supervise } from "./supervise.ts";

/** Longer than anything takes here. */
const LONG: Milliseconds = 100_000;

/** What happens before the last program. */
interface Past {
  /** What its program asks for; undefined: the same as the one before it. */
  readonly items: Items | undefined;
  /** After how much it dies; if it is at rest before, then. */
  readonly deeds: number;
  /** Which of what is left ends before the next program is there. */
  readonly ends: readonly number[];
}

const anyPast: fc.Arbitrary<Past> = fc.record({
  items: fc.option(anyItems(2), { nil: undefined, freq: 2 }),
  deeds: fc.nat(30),
  ends: fc.array(fc.nat(10), { maxLength: 2 }),
});

/** Begins a program; settles when it has died or all is at rest. */
async function run(
  ground: FakeGround,
  items: Items,
  deeds: number,
): Promise<{ services: FakeServices; problems: readonly string[]; value: unknown }> {
  const clock = new HeldClock();
  const attachment = new FakeAttachment(ground, deeds);
  const services = new FakeServices(clock, attachment);
  const policy = onFailure({ most: Infinity, start: "again", backoff: { first: 1, jitter: 0 } });
  const system = new FakeSystem(services, () => policy);
  const values: Values = { items, known: [], trap: undefined };
  let value: unknown;
  let isAtRest = () => false;
  const whole = Nursery.run(async (nursery) => {
    attachment.tell(nursery, clock);
    isAtRest = () =>
      value !== undefined && scopesOf(nursery).every(({ state }) => state === "standing");
    value = await supervise(nursery, "", system.body, { arguments: values, policy });
  }, { clock });
  whole.catch((error) => value = error);
  for (let quiet = 0; quiet < 20 && !attachment.isDead;) {
    assert.ok(clock.now() < LONG, "it hangs");
    await clock.advance(1);
    quiet = isAtRest() ? quiet + 1 : 0;
  }
  const problems = [...services.problems, ...attachment.problems];
  return { services, problems, value };
}

/** What of this stands is what is asked for, made with what is so, too; as path and instance. */
function rightOf(kept: readonly Kept[], items: Items): Map<string, bigint> {
  const lines = new Set(expected(items).lines);
  const last = new Map<string, Kept>();
  for (const each of kept) if (!each.isLeaving) last.set(each.path, each);
  const isRight = ({ path, options: { mark, uses } }: Kept): boolean =>
    lines.has(lineOf(path, mark, uses)) && (uses ?? []).every((used) => {
      const other = last.get(used.path);
      if (used.instance === undefined) return true;
      return other?.instance === used.instance && isRight(other);
    });
  const right = [...last.values()].filter(isRight);
  return new Map(right.map(({ path, instance }) => [path, instance]));
}

Deno.test("whenever a program dies, the next one has all exactly once, and none anew that was right", async () => {
  const property = fc.asyncProperty(
    anyItems(2),
    fc.array(anyPast, { minLength: 1, maxLength: 3 }),
    fc.option(anyItems(2), { nil: undefined, freq: 2 }),
    async (first, past, last) => {
      const ground = new FakeGround();
      let items = first;
      for (const { items: next, deeds, ends } of past) {
        items = next ?? items;
        await run(ground, items, deeds);
        for (const index of ends) {
          const instance = [...ground.kept.keys()][index];
          if (instance !== undefined) ground.kept.delete(instance);
        }
      }
      items = last ?? items;
      const right = rightOf([...ground.kept.values()], items);
      const { services, problems, value } = await run(ground, items, Infinity);
      assert.deepEqual(problems, []);
      assert.ok(Array.isArray(value), `${value}`);
      const standing = [...services.standing];
      const lines = standing.map(({ path, mark, uses }) => lineOf(path, mark, uses)).sort();
      assert.deepEqual(lines, expected(items).lines);
      const instances = new Map(standing.map(({ path, instance }) => [path, instance]));
      assert.deepEqual(new Set(ground.kept.keys()), new Set(instances.values()));
      for (const [path, instance] of right) {
        assert.equal(instances.get(path), instance, `${path} was started anew`);
      }
    },
  );
  await fc.assert(property, { numRuns: 500, ...SEED });
});
