import assert from "node:assert/strict";
import { makeOrders, positionsAfter } from "./make_orders.ts";

Deno.test("makeOrders() gives the same orders for the same seed, others for another", () => {
  assert.deepEqual(makeOrders(1, 50), makeOrders(1, 50));
  assert.notDeepEqual(makeOrders(1, 50), makeOrders(2, 50));
});

Deno.test("makeOrders() mixes good and bad orders", () => {
  const rejected = makeOrders(1, 4000).filter((order) => order.expected !== "ACCEPT");
  assert.ok(rejected.length > 200 && rejected.length < 500, `${rejected.length} of 4000`);
  const kinds = new Set(rejected.map((order) => order.expected.split('"')[0]));
  assert.deepEqual(kinds.size, 6, [...kinds].join());
});

Deno.test("makeOrders() accepts only what the rules for orders allow", () => {
  for (const order of makeOrders(3, 4000).filter((order) => order.expected === "ACCEPT")) {
    assert.match(order.side, /^(BUY|SELL)$/);
    assert.match(order.symbol, /^[A-Z0-9.]{1,12}$/);
    assert.match(order.price, /^\d{1,11}\.\d{1,4}$/);
    assert.ok(Number(order.price) > 0);
    assert.ok(Number(order.quantity) >= 1 && Number(order.quantity) <= 1e9);
  }
});

Deno.test("positionsAfter() adds what is bought and takes off what is sold", () => {
  const order = { price: "1.00", expected: "ACCEPT" };
  const positions = positionsAfter([
    { ...order, side: "SELL", symbol: "B", quantity: "7" },
    { ...order, side: "BUY", symbol: "A", quantity: "5" },
    { ...order, side: "BUY", symbol: "B", quantity: "9", expected: "REJECT why" },
    { ...order, side: "SELL", symbol: "A", quantity: "2" },
  ]);
  assert.deepEqual([...positions], [["A", 3], ["B", -7]]);
});

Deno.test("the files in examples are those that the script makes", async () => {
  const script = new URL("make_orders.ts", import.meta.url).pathname;
  const args = ["run", "-R", script, "--check"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
});
