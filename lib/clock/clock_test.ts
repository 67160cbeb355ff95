import assert from "node:assert/strict";
import { HeldClock } from "../testing/held_clock.ts";
import { checkDuration, minutes, seconds, systemClock, TimeLimit, within } from "./mod.ts";

Deno.test("seconds() and minutes() are milliseconds", () => {
  assert.deepEqual([seconds(1.5), minutes(2)], [1500, 120_000]);
});

Deno.test("checkDuration() takes 0 to Infinity, and names what is no duration", () => {
  for (const duration of [0, 0.5, Infinity]) {
    assert.equal(checkDuration("grace", duration), duration);
  }
  for (const wrong of [-1, NaN, "5" as unknown as number]) {
    assert.throws(() => checkDuration("grace", wrong), {
      name: "RangeError",
      message: `grace is a duration of 0 or more milliseconds, not ${wrong}`,
    });
  }
});

Deno.test("systemClock.sleep() waits, and never ends early for a long time", async () => {
  const begin = systemClock.now();
  await systemClock.sleep(5);
  assert.ok(systemClock.now() - begin >= 4);
  for (const long of [2 ** 31, Infinity]) {
    const stop = new AbortController();
    const sleeping = systemClock.sleep(long, { signal: stop.signal });
    await systemClock.sleep(5);
    stop.abort("stopped");
    assert.equal(await sleeping.catch((reason) => reason), "stopped");
  }
});

Deno.test("within() says whether what was waited for came in time", async () => {
  const clock = new HeldClock();
  assert.equal(await within(clock, 10, Promise.resolve()), true);
  const waiting = within(clock, 10, new Promise(() => {}));
  await clock.advance(10);
  assert.equal(await waiting, false);
  await assert.rejects(within(clock, 10, Promise.reject(new Error("broken"))), /broken/);
  assert.equal(clock.sleeping, 0);
});

Deno.test("TimeLimit aborts with its reason, unless it is disposed before", async () => {
  const clock = new HeldClock();
  const limit = new TimeLimit(clock, seconds(1), () => "late");
  await clock.advance(999);
  assert.equal(limit.signal.aborted, false);
  await clock.advance(1);
  assert.equal(limit.signal.reason, "late");
  const other = new TimeLimit(clock, seconds(1), () => "late");
  other[Symbol.dispose]();
  await clock.advance(seconds(1));
  assert.equal(other.signal.aborted, false);
  assert.equal(clock.sleeping, 0);
});
