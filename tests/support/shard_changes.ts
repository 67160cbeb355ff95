/** Changes of the number of shards while orders come, and what must hold after each. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { localHost } from "bailiwick";
import { runSystem, until } from "bailiwick/testing";
import { assertDisjoint, type Gateway, Shards } from "./shards.ts";

/** What happens while a system of some shards becomes one of another number. */
type Event = { replace: number } | { symbol: string; to: "old" | "new" };

interface Change {
  readonly count: number;
  readonly events: readonly Event[];
}

const COUNT = fc.integer({ min: 1, max: 4 });
const ORDER: fc.Arbitrary<Event> = fc.record({
  symbol: fc.nat(30).map((number) => `S${number}`),
  to: fc.constantFrom("old" as const, "new" as const),
});
const REPLACE: fc.Arbitrary<Event> = fc.record({ replace: fc.nat() });
const EVENT = fc.oneof({ weight: 4, arbitrary: ORDER }, { weight: 1, arbitrary: REPLACE });
const CHANGE: fc.Arbitrary<Change> = fc.record({
  count: COUNT,
  events: fc.array(EVENT, { minLength: 5, maxLength: 40 }),
});
const CHANGES = fc.tuple(COUNT, fc.array(CHANGE, { minLength: 1, maxLength: 3 }));

/** Random changes of random systems; in each round, some of one system. */
export async function shardChanges(rounds: number): Promise<void> {
  await runSystem(localHost, async ({ nursery, thread, tmpdir }) => {
    let round = 0;
    const changes = fc.asyncProperty(CHANGES, async ([first, changes]) => {
      const directory = tmpdir.join(`round-${round++}`);
      await thread.mkdir(directory);
      await using shards = new Shards(nursery, thread, directory);
      await shards.runAll(first);
      let gateway = await shards.gateway(first);
      for (const [index, change] of changes.entries()) {
        const next = await changeTo(shards, gateway, change);
        await gateway[Symbol.asyncDispose]();
        gateway = next;
        const symbols = shards.symbols();
        assertDisjoint(symbols);
        for (const symbol of [`NEW.${index}`, ...symbols.flatMap((some) => [...some])]) {
          await until(`${symbol} trades`, async () => /^ACCEPT/.test(await gateway.buy(symbol)));
        }
        assertDisjoint(shards.symbols());
      }
      await gateway[Symbol.asyncDispose]();
    });
    await fc.assert(changes, { numRuns: rounds });
  });
}

/** Replaces the orderds in some order, with both gateways in front of them, and returns the new one. */
async function changeTo(shards: Shards, old: Gateway, { count, events }: Change): Promise<Gateway> {
  const left = Array.from({ length: shards.length }, (_, index) => index);
  for (let index = shards.length; index < count; index++) await shards.run(index, count);
  const gateway = await shards.gateway(count);
  for (const event of events) {
    if ("symbol" in event) {
      const answer = await buy(event.to === "old" ? old : gateway, event.symbol);
      assert.match(answer, /^(ACCEPT \d+|REJECT .+[:;] send the order again)$/);
    } else if (left.length > 0) {
      const [index] = left.splice(event.replace % left.length, 1);
      await shards.run(index!, count);
    }
  }
  for (const index of left) await shards.run(index, count);
  return gateway;
}

/** Sends an order as soon as the gateway has found the shard that was replaced, and its symbol's. */
async function buy(gateway: Gateway, symbol: string): Promise<string> {
  let answer = "";
  await until("its shard is up", async () => {
    answer = await gateway.buy(symbol);
    return !/^REJECT (unknown: |shard \d+ \(.+\) is down)/.test(answer);
  });
  return answer;
}
