/** What daemons do on SIGTERM, and how one takes over from another on a held socket. */
import assert from "node:assert/strict";
import { type ChildProcess, SIG } from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { OrderClient } from "../components/orderd/mod.ts";
import { runJsonPeer } from "../scripts/bench/peers.ts";
import { storedOrders } from "./support/books.ts";
import { HeldSocket } from "./support/held_socket.ts";
import { endCleanly, ShardByHand } from "./support/shard_by_hand.ts";
import { type Acknowledged, hash, Traders } from "./support/traders.ts";

const ROUNDS = 20;
const CLIENTS = 8;
const CONNECTIONS = 64;
/** Milliseconds in which a daemon has ended, whatever its clients do. */
const BOUND = 5000;

systemTest("orderd is replaced under load, and no order is lost or doubled", async (context) => {
  await using shard = await ShardByHand.make(context);
  await shard.positiond();
  const traders = new Traders(1);
  let orderd = await shard.orderd();
  await traders.start(shard.socket, CLIENTS);
  for (let round = 0; round < ROUNDS; round++) {
    await traders.reached(traders.acknowledged.length + 1 + hash(round) % 100);
    assert.ok(await endCleanly(orderd) < BOUND);
    await using waiting = await OrderClient.connect(shard.socket);
    const answer = waiting.send("HOLD");
    orderd = await shard.orderd();
    assert.match(await answer, /^REJECT unknown request/);
    await shard.socket.expectUnchanged();
  }
  await traders.stop();
  assert.equal(traders.lost, 0);
  assert.ok(traders.moves >= ROUNDS);
  await shard.compareBooks(traders.acknowledged);
});

/** Each ends the orderd that serves, in its way. */
const ENDS = {
  "SIGTERM of": async (orderd: ChildProcess) => void await endCleanly(orderd),
  "kill -9 of": (orderd: ChildProcess) => orderd[Symbol.asyncDispose](),
};

for (const [how, end] of Object.entries(ENDS)) {
  systemTest(`${how} orderd hands over to one that waits, and ids go on`, async (context) => {
    await using shard = await ShardByHand.make(context);
    await shard.positiond();
    let orderd = await shard.orderd();
    const acknowledged: Acknowledged[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const traders = new Traders(1 + round);
      await traders.start(shard.socket, CLIENTS);
      await traders.reached(1 + hash(round) % 100);
      await using next = await shard.successor();
      await next.prepared();
      await traders.reached(traders.acknowledged.length + 20);
      assert.equal(await next.said(), "p");
      await end(orderd);
      await next.serves();
      await shard.socket.expectUnchanged();
      orderd = next.orderd;
      await using client = await OrderClient.connect(shard.socket);
      const [, id] = (await client.send("BUY ACME 1 1")).split(" ");
      await traders.stop();
      if (how === "SIGTERM of") assert.equal(traders.lost, 0);
      acknowledged.push(...traders.acknowledged);
      assert.ok(acknowledged.filter((order) => order.id < Number(id)).length >= 20);
    }
    await shard.compareBooks(acknowledged);
  });
}

systemTest("what ends an orderd that waits does not touch the one that serves", async (context) => {
  await using shard = await ShardByHand.make(context);
  await shard.positiond();
  const orderd = await shard.orderd();
  const traders = new Traders(1);
  await traders.start(shard.socket, CLIENTS);
  for (const end of Object.values(ENDS)) {
    await using next = await shard.successor();
    await next.prepared();
    await end(next.orderd);
    assert.equal(await next.said(), "p");
    await traders.reached(traders.acknowledged.length + 100);
    await shard.socket.expectUnchanged();
  }
  await traders.stop();
  assert.deepEqual([traders.lost, traders.moves, orderd.status], [0, 0, undefined]);
  await shard.compareBooks(traders.acknowledged);
  await endCleanly(orderd);
  await using alone = await shard.successor();
  await alone.serves();
});

systemTest("gatewayd is replaced by overlap under load: all orders are taken", async (context) => {
  await using shard = await ShardByHand.make(context);
  await shard.positiond();
  await using front = await HeldSocket.listen(context.thread);
  await shard.orderd();
  let gatewayd = await shard.gatewayd(front);
  const traders = new Traders(1);
  await traders.start(front, CONNECTIONS);
  for (let round = 0; round < ROUNDS; round++) {
    await traders.reached(traders.acknowledged.length + 1 + hash(round) % 200);
    const next = await shard.gatewayd(front);
    assert.ok(await endCleanly(gatewayd) < BOUND);
    gatewayd = next;
    await front.expectUnchanged();
  }
  await traders.stop();
  assert.equal(traders.lost, 0);
  assert.ok(traders.moves >= ROUNDS);
  await shard.compareBooks(traders.acknowledged);
});

systemTest(
  "gatewayd is replaced while the load tool trades, and rejects nothing",
  async (context) => {
    await using shard = await ShardByHand.make(context);
    await shard.positiond();
    await using front = await HeldSocket.listen(context.thread);
    await shard.orderd();
    let gatewayd = await shard.gatewayd(front);
    let isOver = false;
    const load = runJsonPeer("load", "127.0.0.1", front.port, CONNECTIONS, 2)
      .finally(() => isOver = true);
    let replaced = 0;
    for (; !isOver; replaced++) {
      const next = await shard.gatewayd(front);
      await endCleanly(gatewayd);
      gatewayd = next;
    }
    const { acknowledged, rejected, moved } = await load;
    assert.equal(rejected, 0);
    // The load may have been over before the last one.
    assert.ok(replaced > 1 && moved! >= replaced - 1, `replaced ${replaced}, moved ${moved}`);
    assert.equal(storedOrders(`${shard.database.path}`).length, acknowledged);
  },
);

systemTest("positiond is replaced under load, and orderd finds the next one", async (context) => {
  await using shard = await ShardByHand.make(context);
  let positiond = await shard.positiond();
  const orderd = await shard.orderd();
  const traders = new Traders(1);
  await traders.start(shard.socket, CLIENTS);
  for (let round = 0; round < ROUNDS; round++) {
    await traders.reached(traders.acknowledged.length + 1 + hash(round) % 100);
    assert.ok(await endCleanly(positiond) < BOUND);
    positiond = await shard.positiond();
  }
  await traders.stop();
  assert.deepEqual([traders.lost, traders.moves, orderd.status], [0, 0, undefined]);
  await shard.compareBooks(traders.acknowledged);
});

/** Raw bytes to an orderd that gets SIGTERM meanwhile, and all that comes back. */
const ENDINGS: Readonly<Record<string, { before: string; after: string; answer: RegExp }>> = {
  "is silent": { before: "", after: "", answer: /^BYE stopping: .+\n$/ },
  "was answered": { before: "BUY ACME 1 1\n", after: "", answer: /^ACCEPT 1\nBYE stopping: .+\n$/ },
  "has sent half an order": {
    before: "BUY ACME 1 1\nBUY ACM",
    after: "E 1 1\n",
    answer: /^ACCEPT 1\n(ACCEPT 2\n)?BYE stopping: .+\n$/,
  },
  "goes on sending orders": {
    before: "BUY ACME 1 1\n",
    after: "BUY ACME 1 1\n".repeat(100_000),
    answer: /^(ACCEPT \d+\n)+BYE stopping: .+\n$/,
  },
};

for (const [what, { before, after, answer }] of Object.entries(ENDINGS)) {
  systemTest(
    `orderd says goodbye to a client that ${what}, and resets nothing`,
    async (context) => {
      await using shard = await ShardByHand.make(context);
      await shard.positiond();
      const orderd = await shard.orderd();
      using connection = await Deno.connect({ hostname: "127.0.0.1", port: shard.socket.port });
      const lines = connection.readable.pipeThrough(new TextDecoderStream()).getReader();
      const encoder = new TextEncoder();
      await connection.write(encoder.encode(before || "HELP\n"));
      let text = (await lines.read()).value!;
      if (!before) text = "";
      await orderd.kill(SIG.TERM);
      const bytes = encoder.encode(after);
      for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
      for (let next; !(next = await lines.read()).done;) text += next.value;
      assert.match(text, answer);
      await connection.closeWrite().catch(() => {});
      assert.equal(`${await orderd.wait()}`, "exited with status 0");
      await shard.compareBooks([]);
    },
  );
}

systemTest(
  "each daemon ends in time beside clients that neither read nor close",
  async (context) => {
    await using shard = await ShardByHand.make(context);
    await using front = await HeldSocket.listen(context.thread);
    const path = `${shard.workdir.join("positions.sock")}`;
    const positiond = await shard.positiond();
    const orderd = await shard.orderd();
    const gatewayd = await shard.gatewayd(front);
    const orders = new TextEncoder().encode("BUY ACME 1 1\n".repeat(500) + "BUY AC");
    using one = await Deno.connect({ hostname: "127.0.0.1", port: shard.socket.port });
    using other = await Deno.connect({ hostname: "127.0.0.1", port: front.port });
    for (const deaf of [one, other]) await deaf.write(orders);
    using waiting = await Deno.connect({ transport: "unix", path });
    await waiting.write(new TextEncoder().encode("WAIT 1000000\n"));
    for (const daemon of [gatewayd, orderd, positiond]) assert.ok(await endCleanly(daemon) < BOUND);
  },
);

systemTest("gatewayd follows an orderd that is replaced, and rejects nothing", async (context) => {
  await using shard = await ShardByHand.make(context);
  await using front = await HeldSocket.listen(context.thread);
  await shard.positiond();
  let orderd = await shard.orderd();
  await shard.gatewayd(front);
  const traders = new Traders(1);
  await traders.start(front, CONNECTIONS);
  for (let round = 0; round < ROUNDS; round++) {
    await traders.reached(traders.acknowledged.length + 1 + hash(round) % 200);
    if (round % 2) {
      await endCleanly(orderd);
      orderd = await shard.orderd();
      continue;
    }
    await using next = await shard.successor();
    await next.prepared();
    await endCleanly(orderd);
    await next.serves();
    orderd = next.orderd;
  }
  await traders.reached(traders.acknowledged.length + 200);
  await traders.stop();
  assert.deepEqual([traders.lost, traders.moves, traders.rejected], [0, 0, 0]);
  await shard.compareBooks(traders.acknowledged);
});
