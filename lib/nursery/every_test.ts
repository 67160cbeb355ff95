/** Periodic tasks on a clock that the test moves. */
import assert from "node:assert/strict";
import { HeldClock } from "../testing/held_clock.ts";
import { every, type PeriodicEvent } from "./every.ts";
import { Nursery } from "./nursery.ts";

const HOUR = 3_600_000;

/** Runs a body with a nursery on a held clock, and cancels what is left. */
async function held(
  body: (nursery: Nursery, clock: HeldClock) => Promise<void>,
  from?: string,
): Promise<void> {
  const clock = new HeldClock(from === undefined ? 0 : Date.parse(from));
  await Nursery.run(async (nursery) => {
    await body(nursery, clock);
    nursery.cancel();
  }, { clock }).catch((error) => {
    if (error.name !== "AbortError") throw error;
  });
}

Deno.test("every() runs a task each time an interval is over, wherever the runs end", async () => {
  await held(async (nursery, clock) => {
    const at: number[] = [];
    const task = async () => {
      at.push(clock.now());
      await clock.sleep(30);
    };
    const periodic = every(nursery, 100, task);
    every(nursery, 100, async () => void at.push(-clock.now()), { immediately: true });
    await clock.advance(350);
    assert.deepEqual(at.filter((time) => time > 0), [100, 200, 300]);
    assert.deepEqual(at.filter((time) => time <= 0).map(Math.abs), [0, 100, 200, 300]);
    assert.deepEqual([periodic.runs, periodic.failed, periodic.missed], [3, 0, 0]);
    assert.equal(periodic.name, "task every 0.1 s");
  });
});

Deno.test("every() leaves out what was due during a run, and tells how much", async () => {
  await held(async (nursery, clock) => {
    const events: PeriodicEvent[] = [];
    const at: number[] = [];
    const lasts = [350, 100, 0];
    const periodic = every(nursery, 100, async () => {
      at.push(clock.now());
      await clock.sleep(lasts.shift()!);
    }, { name: "slow", report: (event) => events.push(event) });
    await clock.advance(650);
    // 200 to 400 were over when the first run ended at 450; the second one ended as 600 came.
    assert.deepEqual(at, [100, 500, 600]);
    assert.deepEqual(events, [{ kind: "missed", name: "slow", count: 3 }]);
    assert.equal(periodic.missed, 3);
  });
});

Deno.test("every() that wakes late runs once", async () => {
  const at: number[] = [];
  await held(async (nursery, clock) => {
    const slept = clock.sleep.bind(clock);
    // A machine that was suspended: the first sleep of 100 takes 1000.
    const lengths = [1000];
    clock.sleep = (duration, options) => slept(lengths.shift() ?? duration, options);
    const report = () => {};
    const periodic = every(nursery, 100, async () => void at.push(clock.now()), { report });
    await clock.advance(1150);
    assert.equal(periodic.missed, 8);
  });
  assert.deepEqual(at, [1000, 1000, 1100]);
});

Deno.test("every() goes on after a failed run, and tells it", async () => {
  await held(async (nursery, clock) => {
    const events: PeriodicEvent[] = [];
    const error = new Error("no");
    let run = 0;
    const periodic = every(nursery, 100, async () => {
      if (++run < 3) throw error;
    }, { name: "shaky", report: (event) => events.push(event) });
    await clock.advance(200);
    assert.equal(periodic.lastError, error);
    await clock.advance(100);
    assert.deepEqual([periodic.runs, periodic.failed, periodic.lastError], [3, 2, undefined]);
    assert.deepEqual(events, [
      { kind: "failed", name: "shaky", error, inARow: 1 },
      { kind: "failed", name: "shaky", error, inARow: 2 },
    ]);
  });
});

Deno.test("every() fails the nursery when so many runs have failed in a row", async () => {
  const clock = new HeldClock();
  const fails = [true, false, true, true, false];
  let runs = 0;
  const running = Nursery.run(async (nursery) => {
    every(nursery, 10, async () => {
      if (fails[runs++]) throw new Error(`run ${runs}`);
    }, { giveUpAfter: 2, report: () => {} });
  }, { clock });
  const failed = assert.rejects(running, { message: "run 4" });
  await clock.advance(100);
  await failed;
  assert.equal(runs, 4);
});

Deno.test("every() tells on standard error, unless it is told otherwise", async () => {
  const said: unknown[] = [];
  const error = console.error;
  console.error = (line) => said.push(line);
  try {
    await held(async (nursery, clock) => {
      every(nursery, 1000, async (signal) => {
        await clock.sleep(1500, { signal });
        throw new RangeError("too much");
      }, { name: "purge" });
      await clock.advance(5000);
    });
  } finally {
    console.error = error;
  }
  assert.deepEqual(said.slice(0, 3), [
    "purge failed: RangeError: too much",
    "purge was still running, or not awake, when it was due: 1 left out",
    "purge failed, 2 times in a row: RangeError: too much",
  ]);
});

Deno.test("every() goes by the calendar of a time zone", async () => {
  await held(async (nursery, clock) => {
    const at: string[] = [];
    const task = async () => void at.push(new Date(clock.date()).toISOString());
    every(nursery, "30 2 * * *", task, { timeZone: "Europe/Berlin" });
    await clock.advance(HOUR);
    assert.deepEqual(at, ["2024-03-31T01:30:00.000Z"]);
  }, "2024-03-31T01:00Z");
});

Deno.test("every() by the calendar leaves out what was due during a run", async () => {
  await held(async (nursery, clock) => {
    const events: PeriodicEvent[] = [];
    const report = (event: PeriodicEvent) => void events.push(event);
    const periodic = every(nursery, "@hourly", () => clock.sleep(2.5 * HOUR), { report });
    await clock.advance(3.2 * HOUR);
    assert.deepEqual([periodic.runs, periodic.missed], [1, 2]);
    assert.deepEqual(events[0], { kind: "missed", name: 'task every "@hourly"', count: 2 });
  }, "2024-01-01T00:30Z");
});

Deno.test("stop() ends a periodic task and waits for its run; so does the nursery", async () => {
  await held(async (nursery, clock) => {
    const ended: unknown[] = [];
    const task = async (signal: AbortSignal) => {
      await clock.sleep(1000, { signal }).catch(() => {});
      ended.push(clock.now());
    };
    const periodic = every(nursery, 10, task);
    await clock.advance(20);
    assert.equal(periodic.runs, 0);
    await periodic.stop();
    await periodic.stop();
    assert.deepEqual([periodic.runs, ended], [1, [20]]);
    await clock.advance(100);
    assert.equal(periodic.runs, 1);
    const other = every(nursery, 10, task);
    await clock.advance(15);
    nursery.cancel();
    await other.stop();
    assert.equal(ended.length, 2);
  });
});

Deno.test("every() refuses what is no time", async () => {
  await held(async (nursery) => {
    const task = async () => {};
    for (const when of [0, -1, NaN, Infinity, "never"]) {
      assert.throws(() => every(nursery, when, task), RangeError);
    }
    assert.throws(() => every(nursery, 1, task, { giveUpAfter: 0 }), RangeError);
    assert.throws(() => every(nursery, "@daily", task, { timeZone: "Mars/Olympus" }), RangeError);
  });
});
