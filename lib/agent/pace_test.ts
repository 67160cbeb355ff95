import assert from "node:assert/strict";
import { Pace } from "./pace.ts";

const KIB = 1024;

/** Bytes that a link carries, in steps of 10 ms; returns whether it was ever said to be slow. */
function carry(pace: Pace, rate: number, milliseconds: number, from = 0): boolean {
  let slow = false;
  for (let now = from; now <= from + milliseconds; now += 10) {
    if (pace.carried(Math.min(rate, 50 * pace.window) / 100, now)) slow = true;
  }
  return slow;
}

Deno.test("Pace begins with what the link was seen to carry in a second, within limits", () => {
  const windows = [undefined, 1, 100_000, 1e9].map((rate) => new Pace(rate).window);
  assert.deepEqual(windows, [64 * KIB, 16 * KIB, 100_000, KIB * KIB]);
});

Deno.test("Pace grows to megabytes within a second on a fast link", () => {
  const pace = new Pace(1);
  carry(pace, 100e6, 1000);
  assert.ok(pace.window >= 4 * KIB * KIB, `${pace.window}`);
  carry(pace, 1e9, 10_000, 1000);
  assert.equal(pace.window, 8 * KIB * KIB);
});

Deno.test("Pace grows to what a link carries in a second, and no further", () => {
  const pace = new Pace(1);
  assert.equal(carry(pace, 90_000, 20_000), false);
  assert.ok(pace.window > 85_000 && pace.window < 95_000, `${pace.window}`);
});

Deno.test("Pace stays at the least window on a link of 64 kbit/s", () => {
  const pace = new Pace(8000);
  carry(pace, 8000, 20_000);
  assert.equal(pace.window, 16 * KIB);
});

Deno.test("Pace says when little came, and shrinks only when it is told to", () => {
  const pace = new Pace(1e6);
  assert.equal(carry(pace, 100_000, 3000), true);
  assert.equal(pace.window, 1e6);
  pace.shrink();
  assert.ok(pace.window > 95_000 && pace.window < 105_000, `${pace.window}`);
});

Deno.test("Pace counts no time in which nothing was under way", () => {
  const pace = new Pace(100_000);
  pace.carried(1000, 0);
  pace.pause();
  assert.equal(pace.carried(10_000, 60_000), false);
  assert.equal(carry(pace, 100_000, 3000, 60_010), false);
});
