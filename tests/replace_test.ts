/** Services of a running system that are replaced under load, since the system is another. */
import assert from "node:assert/strict";
import { onFailure } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { replaceGatewayd, replaceOrderd } from "./support/replacements.ts";
import { Traders } from "./support/traders.ts";
import { WholeSystem } from "./support/whole_system.ts";

Deno.test("gatewayd is replaced by overlap: no order is lost, none refused, no connection reset", async () => {
  await replaceGatewayd(5);
});

Deno.test("orderd is replaced by one that is prepared: orders are stored once, and ids go on", async () => {
  await replaceOrderd(5);
});

systemTest(
  "another number of shards is taken over under load, and what is the same stays",
  async (test) => {
    const { nursery, host } = test;
    const hosts = { front: host, shard: [host, host] };
    const traders = new Traders(5, { goOn: true, pace: 5 });
    const options = { hosts, policy: onFailure() };
    using system = await WholeSystem.start(nursery, options, 8, traders);
    for (const shards of [4, 3]) {
      await traders.reached(traders.acknowledged.length + 300);
      await system.reshard(shards);
    }
    await traders.reached(traders.acknowledged.length + 300);
    assert.deepEqual(system.starts, {
      "gatewayd": 2,
      "shard-0/orderd": 2,
      "shard-1/orderd": 2,
      "shard-2/orderd": 2,
      "shard-2/positiond": 1,
      "shard-3/orderd": 2,
      "shard-3/positiond": 1,
    });
    assert.equal(traders.lost, 0);
    await system.compareBooks();
  },
);
