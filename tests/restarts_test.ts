/** Services that are killed under load are back, and nobody notices but who used them. */
import assert from "node:assert/strict";
import { onFailure, onHeld, scopeOf } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { farKillRounds, FOR_EVER, killRounds } from "./support/restarts.ts";
import { Traders } from "./support/traders.ts";
import { WholeSystem } from "./support/whole_system.ts";

const CLIENTS = 8;
const GO_ON = { goOn: true, pace: 5 };

Deno.test("kill -9 of random services under load: each is back in time, and no order is lost", async () => {
  await killRounds(60, 1);
});

Deno.test("kill -9 of random services of hosts over ssh: each is back in time, and no order is lost", async () => {
  await farKillRounds(60, 2);
});

systemTest(
  "a shard that fails too often is held, the other trades on, and an answer brings it back",
  async (test) => {
    const { nursery, host } = test;
    const held = Promise.withResolvers<string>();
    using _ = onHeld(nursery, ({ path }) => held.resolve(path));
    const hosts = { front: host, shard: [host, host] };
    const traders = new Traders(3, GO_ON);
    const options = { hosts, policy: onFailure() };
    using system = await WholeSystem.start(nursery, options, CLIENTS, traders);
    for (let i = 0; i < 5; i++) await system.kill("shard-0/orderd");
    await system.strike("shard-0/orderd");
    assert.equal(await held.promise, "shard-0");
    const shard = scopeOf(nursery, "shard-0");
    assert.equal(shard.state, "held");
    assert.match(
      shard.reason!,
      /^Failed 6 times in 10 minutes, now shard-0\/orderd: killed by SIGKILL/,
    );
    await traders.reached(traders.acknowledged.length + 100);
    assert.equal(shard.state, "held");
    await shard.answer("again");
    assert.equal(shard.state, "standing");
    assert.deepEqual(system.starts, { "shard-0/orderd": 6 });
    await system.compareBooks();
  },
);

systemTest("orderd stays when its positiond dies, and attaches to the new one", async (test) => {
  const { nursery, host } = test;
  const hosts = { front: host, shard: [host, host] };
  const traders = new Traders(4, GO_ON);
  using system = await WholeSystem.start(nursery, { hosts, policy: FOR_EVER }, CLIENTS, traders);
  for (let i = 0; i < 3; i++) {
    await traders.reached(traders.acknowledged.length + 50);
    await system.kill("shard-1/positiond");
  }
  assert.deepEqual(system.starts, { "shard-1/positiond": 3 });
  await system.compareBooks();
  assert.deepEqual([traders.lost, traders.rejected], [0, 0]);
});
