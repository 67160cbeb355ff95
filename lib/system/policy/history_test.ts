import assert from "node:assert/strict";
import { seconds } from "../../clock/mod.ts";
import { HeldClock } from "../../testing/held_clock.ts";
import { History, REMEMBERED } from "./history.ts";
import { backoff, type Past } from "./mod.ts";

/** Time that is set. */
class SetClock extends HeldClock {
  time = 0;
  override now(): number {
    return this.time;
  }
}

function made(): { clock: SetClock; history: History } {
  const clock = new SetClock();
  return { clock, history: new History(clock) };
}

Deno.test("Past counts the failures of the scope, and those in a time before this one", () => {
  const { clock, history } = made();
  const pasts: Past[] = [0, 10, 10, 30].map((time) => {
    clock.time = time;
    return history.record(`service at ${time}`);
  });
  assert.deepEqual(pasts.map(({ count }) => count), [1, 2, 3, 4]);
  assert.deepEqual(pasts.map((past) => past.within(20)), [0, 1, 2, 2]);
  assert.deepEqual(pasts.map((past) => past.within(19)), [0, 1, 2, 0]);
  assert.deepEqual(pasts.map((past) => past.within(Infinity)), [0, 1, 2, 3]);
});

Deno.test("Past.inARow() counts the failures of one path without health in between", () => {
  const { clock, history } = made();
  const counts = [["a", 0], ["b", 5], ["a", 9], ["a", 19], ["a", 28], ["b", 30]] as const;
  assert.deepEqual(
    counts.map(([path, time]) => {
      clock.time = time;
      return history.record(path).inARow(10);
    }),
    [1, 1, 2, 1, 2, 1],
  );
});

Deno.test("Past.inARow() takes health from when what failed stands again", () => {
  const { clock, history } = made();
  history.record("a");
  clock.time = 8;
  history.recovered("a");
  history.recovered("never failed");
  clock.time = 17;
  assert.equal(history.record("a").inARow(10), 2);
  clock.time = 27;
  assert.equal(history.record("a").inARow(10), 1);
});

Deno.test("A past stays as it was when more fails", () => {
  const { clock, history } = made();
  history.record("a");
  const past = history.record("a");
  clock.time = 5;
  history.recovered("a");
  history.record("a");
  assert.deepEqual([past.count, past.within(10), past.inARow(10)], [2, 1, 2]);
});

Deno.test("History.withdraw() has the last failure not count", () => {
  const { history } = made();
  history.record("a");
  history.record("a");
  history.withdraw();
  const past = history.record("a");
  assert.deepEqual([past.count, past.within(10), past.inARow(10)], [2, 1, 2]);
});

Deno.test("History.forget() begins anew", () => {
  const { history } = made();
  history.record("a");
  history.forget();
  const past = history.record("a");
  assert.deepEqual([past.count, past.within(10), past.inARow(10)], [1, 0, 1]);
});

Deno.test("History remembers so many failures, and counts on", () => {
  const { history } = made();
  for (let failure = 0; failure < 3 * REMEMBERED; failure++) history.record("a");
  const past = history.record("a");
  assert.equal(past.count, 3 * REMEMBERED + 1);
  assert.equal(past.within(Infinity), REMEMBERED);
  assert.equal(past.inARow(Infinity), REMEMBERED + 1);
});

Deno.test("backoff() doubles from 0.1 s to 30 s, and begins anew after a minute of health", () => {
  const { clock, history } = made();
  const random = () => 0;
  const durations = Array.from({ length: 11 }, () => backoff(history.record("a"), { random }));
  assert.deepEqual(
    durations,
    [100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000],
  );
  clock.time = seconds(60);
  assert.equal(backoff(history.record("a"), { random }), 100);
});

Deno.test("backoff() is up to a quarter shorter by chance", () => {
  const { history } = made();
  const past = history.record("a");
  assert.equal(backoff(past, { random: () => 0.5 }), 87.5);
  assert.equal(backoff(past, { jitter: 0, random: () => 0.9 }), 100);
  for (let time = 0; time < 100; time++) {
    const duration = backoff(past);
    assert.ok(duration > 75 && duration <= 100, `${duration}`);
  }
});

Deno.test("backoff() takes its range from its options, which may be none at all", () => {
  const { history } = made();
  const options = { first: 10, most: 15, jitter: 0 };
  assert.equal(backoff(history.record("a"), options), 10);
  assert.equal(backoff(history.record("a"), options), 15);
  assert.equal(backoff(history.record("a"), { first: 0 }), 0);
});

Deno.test("backoff() refuses options out of their range", () => {
  const past = made().history.record("a");
  for (const options of [{ first: -1 }, { most: NaN }, { healthy: -1 }, { jitter: 2 }]) {
    assert.throws(() => backoff(past, options), { name: "RangeError" });
  }
});
