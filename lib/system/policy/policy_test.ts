import assert from "node:assert/strict";
import { minutes, seconds } from "../../clock/mod.ts";
import { WaitStatus } from "../../thread/mod.ts";
import { HeldClock } from "../../testing/held_clock.ts";
import { History } from "./history.ts";
import { again, always, type Answer, fail, type Failure, leave } from "./mod.ts";
import { never, onFailure, type OnFailureOptions, type Policy } from "./mod.ts";

function status(kind: "exited" | "killed", number: number): WaitStatus {
  const usage = { userTime: 0, systemTime: 0, maxRss: 0, swept: 0 };
  return new WaitStatus({ kind, status: number, instance: 1n, time: 0, cause: "itself", ...usage });
}

const KILLED: Failure = {
  kind: "service",
  path: "orders/orderd",
  error: new Error("orderd failed\nin two lines"),
  endedCleanly: false,
  status: status("killed", 9),
  lastLines: ["one", "out of memory"],
  lastLine: "out of memory",
  isFirst: false,
};
const CLEAN: Failure = {
  ...KILLED,
  endedCleanly: true,
  status: undefined,
  error: new Error("orderd ended by itself"),
  lastLine: "",
};
const EXACT: OnFailureOptions = { backoff: { jitter: 0 } };

/** What a policy answers to these failures, which come one after the other, so far apart. */
async function answers(policy: Policy, failures: readonly Failure[], apart = 0): Promise<Answer[]> {
  const clock = new HeldClock();
  const history = new History(clock);
  const all: Answer[] = [];
  for (const failure of failures) {
    all.push(policy(failure, history.record(failure.path)));
    if (apart > 0) await clock.advance(apart);
  }
  return all;
}

function times(count: number, failure = KILLED): Failure[] {
  return Array(count).fill(failure);
}

async function kinds(
  policy: Policy,
  failures: readonly Failure[],
  apart?: number,
): Promise<string[]> {
  return (await answers(policy, failures, apart)).map(({ kind }) => kind);
}

Deno.test("never fails the scope at the first failure", async () => {
  assert.deepEqual(await answers(never, [KILLED]), [fail()]);
});

Deno.test("onFailure() starts again five times, later each time, then asks", async () => {
  const all = await answers(onFailure(EXACT), times(6));
  assert.deepEqual(
    all.slice(0, 5),
    [100, 200, 400, 800, 1600].map((after) => again({ after })),
  );
  const last = all[5]!;
  assert(last.kind === "ask");
  assert.equal(
    last.question,
    "Failed 6 times in 10 minutes, now orders/orderd: killed by SIGKILL; " +
      "its last line: out of memory",
  );
  assert.deepEqual(last.choices().map(({ label }) => label), ["again", "leave", "fail"]);
});

Deno.test("onFailure() counts all failures of the scope, and waits for each path by itself", async () => {
  const other = { ...KILLED, path: "orders/positiond" };
  const all = await answers(onFailure({ ...EXACT, most: 3 }), [KILLED, other, KILLED, other]);
  assert.deepEqual(all.slice(0, 3), [100, 100, 200].map((after) => again({ after })));
  assert.equal(all[3]!.kind, "ask");
});

Deno.test("onFailure() counts only the failures within its time", async () => {
  const policy = onFailure({ most: 2, within: seconds(10) });
  assert.deepEqual(await kinds(policy, times(4), 4999), ["again", "again", "ask", "ask"]);
  assert.deepEqual(await kinds(policy, times(4), 5000), ["again", "again", "ask", "ask"]);
  assert.deepEqual(await kinds(policy, times(4), 5001), ["again", "again", "again", "again"]);
});

Deno.test("onFailure() starts again for ever when there is no limit", async () => {
  const all = await kinds(onFailure({ most: Infinity }), times(2000));
  assert.deepEqual(new Set(all), new Set(["again"]));
});

Deno.test("onFailure() keeps to the highest limit that it takes", async () => {
  const all = await kinds(onFailure({ most: 1000 }), times(1001));
  assert.equal(all.indexOf("ask"), 1000);
});

Deno.test("onFailure() may fail where it would ask, and with most: 0 does so at once", async () => {
  assert.deepEqual(await answers(onFailure({ most: 0, exhausted: "fail" }), [CLEAN]), [
    fail("Failed once in 10 minutes, now orders/orderd: Error: orderd ended by itself"),
  ]);
});

Deno.test("onFailure() names the first line of the error where no process ended", async () => {
  const body: Failure = {
    ...KILLED,
    kind: "body",
    path: "orders",
    status: undefined,
    lastLine: "",
  };
  const policy = onFailure({ most: 1, within: 2500, exhausted: "fail" });
  const [, last] = await answers(policy, times(2, body));
  assert.deepEqual(last, fail("Failed 2 times in 2.5 s, now orders: Error: orderd failed"));
});

Deno.test("onFailure() starts all again, also when it was asked, if it is to", async () => {
  const [first, second] = await answers(onFailure({ ...EXACT, most: 1, again: "all" }), times(2));
  assert.deepEqual(first, again({ what: "all", after: 100 }));
  assert(second!.kind === "ask");
  assert.deepEqual(second!.choose("again"), again("all"));
  assert.deepEqual(
    second!.choose("again-with", { shards: 4 }, { shards: 2 }),
    again({ what: "all", arguments: { shards: 4 } }),
  );
});

Deno.test("onFailure() fails when the first run does, unless it is to start again", async () => {
  for (const kind of ["service", "body", "scope"] as const) {
    assert.deepEqual(await answers(onFailure(), [{ ...KILLED, kind, isFirst: true }]), [fail()]);
  }
  const first = { ...KILLED, isFirst: true };
  assert.deepEqual(await kinds(onFailure({ start: "again" }), [first]), ["again"]);
});

Deno.test("onFailure() leaves what is unready, or gives it some time", async () => {
  const unready: Failure = { ...KILLED, kind: "unready", status: undefined };
  assert.deepEqual(await answers(onFailure(), [unready]), [leave()]);
  const policy = onFailure({ ...EXACT, unready: 150 });
  assert.deepEqual(
    await answers(policy, times(3, unready)),
    [150, 200, 400].map((after) => again({ after })),
  );
});

Deno.test("onFailure() starts again what fails in a way that it does not know", async () => {
  const unknown = { ...KILLED, kind: "meteorite" as Failure["kind"] };
  assert.deepEqual(await kinds(onFailure(), [unknown]), ["again"]);
});

Deno.test("onFailure() refuses options out of their range", () => {
  const wrong: OnFailureOptions[] = [
    { most: -1 },
    { most: 1.5 },
    { most: 1001 },
    { most: NaN },
    { within: -1 },
    { unready: -1 },
    { backoff: { jitter: 1.1 } },
  ];
  for (const options of wrong) assert.throws(() => onFailure(options), { name: "RangeError" });
});

Deno.test("always() is asked about clean ends, also in the first run; onFailure() is not", async () => {
  assert.equal(onFailure().cleanEnds, undefined);
  const policy = always({ ...EXACT, within: minutes(1), most: 2 });
  assert.equal(policy.cleanEnds, true);
  const first = { ...CLEAN, isFirst: true };
  assert.deepEqual(await kinds(policy, times(3, first)), ["again", "again", "ask"]);
  assert.deepEqual(await kinds(policy, [{ ...KILLED, isFirst: true }]), ["fail"]);
});
