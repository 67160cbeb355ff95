import assert from "node:assert/strict";
import { HeldClock } from "./held_clock.ts";

Deno.test("HeldClock.advance() wakes in the order of time, each before the next", async () => {
  const clock = new HeldClock();
  const woken: [string, number][] = [];
  const sleeper = async (name: string, ...durations: number[]) => {
    for (const duration of durations) {
      await clock.sleep(duration);
      woken.push([name, clock.now()]);
    }
  };
  void sleeper("late", 30);
  void sleeper("twice", 10, 10);
  await clock.advance(25);
  assert.deepEqual(woken, [["twice", 10], ["twice", 20]]);
  assert.deepEqual([clock.now(), clock.sleeping], [25, 1]);
  await clock.advance(5);
  assert.deepEqual(woken.at(-1), ["late", 30]);
});

Deno.test("HeldClock.sleep() throws its signal's reason, and is forgotten", async () => {
  const clock = new HeldClock();
  const stop = new AbortController();
  const sleeping = clock.sleep(10, { signal: stop.signal });
  stop.abort("stopped");
  assert.equal(await sleeping.catch((reason) => reason), "stopped");
  assert.equal(clock.sleeping, 0);
  await assert.rejects(
    clock.sleep(10, { signal: AbortSignal.abort(new Error("before")) }),
    /before/,
  );
});

Deno.test("HeldClock.untilSleeping() settles when as many wait", async () => {
  const clock = new HeldClock();
  let settled = false;
  const both = clock.untilSleeping(2).then(() => settled = true);
  void clock.sleep(1);
  await Promise.resolve();
  assert.equal(settled, false);
  void clock.sleep(1);
  await both;
  await clock.advance(1);
});
