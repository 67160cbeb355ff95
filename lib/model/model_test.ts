import assert from "node:assert/strict";
import { HeldClock } from "../testing/held_clock.ts";
import { Model, type ModelEvent, starting, whichStarts } from "./mod.ts";
import { MOST_ENDED } from "./tables.ts";

const STEP = { kind: "deploy", subject: "orderd", host: "db1" } as const;

function start(model: Model, instance: bigint): void {
  model.tell({
    kind: "service-started",
    state: "starting",
    path: `service-${instance}`,
    instance,
    host: "db1",
    pid: 1,
    command: "true",
    address: undefined,
  });
}

Deno.test("Model.tell() numbers events, dates them, and reduces them to rows", async () => {
  const clock = new HeldClock();
  const model = new Model({ clock });
  start(model, 7n);
  await clock.advance(5);
  const identity = { path: "service-7", instance: 7n };
  model.tell({ kind: "service-changed", state: "ready", ...identity });
  await clock.advance(5);
  const end = { status: "exited with status 1", cause: "itself", swept: 0 } as const;
  model.tell({ kind: "service-ended", state: "failed", end, ...identity });
  model.tell({ kind: "host-connected", host: "db1" });
  model.tell({ kind: "host-lost", host: "db1", reason: "cut" });
  assert.deepEqual(model.events.map(({ number, time }) => [number, time]), [
    [1, 0],
    [2, 5],
    [3, 10],
    [4, 10],
    [5, 10],
  ]);
  const [row] = model.services;
  assert.deepEqual(
    [row?.state, row?.started, row?.ready, row?.stopping, row?.ended, row?.end],
    ["failed", 0, 5, undefined, 10, end],
  );
  assert.deepEqual(model.hosts, [{ host: "db1", state: "lost", reason: "cut", since: 10 }]);
});

Deno.test("Model keeps what lives, and a bounded number of what ended and of events", () => {
  const model = new Model();
  start(model, 0n);
  for (let instance = 1n; instance <= 3n * BigInt(MOST_ENDED); instance++) {
    start(model, instance);
    const end = { status: "exited with status 0", cause: "itself", swept: 0 } as const;
    const identity = { path: `service-${instance}`, instance };
    model.tell({ kind: "service-ended", state: "finished", end, ...identity });
    for (let i = 0; i < 10; i++) model.tell({ kind: "host-connected", host: "db1" });
  }
  assert.equal(model.services.length, 1 + MOST_ENDED);
  assert.equal(model.services[0]!.instance, 0n);
  const { events } = model;
  assert.equal(events.length, 10_000);
  assert.equal(events.at(-1)!.number, 1 + 12 * 3 * MOST_ENDED);
  assert.ok(events.every(({ number }, index) => number === events[0]!.number + index));
});

Deno.test("Model.step() keeps the outcome of every step", async () => {
  const clock = new HeldClock();
  const model = new Model({ clock });
  const working = model.step(STEP, async (moved) => {
    moved(1, 2);
    await clock.sleep(30);
    return "done";
  });
  await clock.advance(30);
  assert.equal(await working, "done");
  const failing = model.step(STEP, () => Promise.reject(new Error("no space")));
  await assert.rejects(failing, { message: "no space" });
  assert.deepEqual(model.steps, [
    { step: STEP, state: "done", begun: 0, ended: 30, failure: undefined },
    { step: STEP, state: "failed", begun: 30, ended: 30, failure: "no space" },
  ]);
});

Deno.test("Model.observe() calls back in order, after the fact, until it is disposed", async () => {
  const model = new Model();
  const seen: ModelEvent["kind"][] = [];
  const watching = model.observe(({ kind }) => seen.push(kind));
  await model.step(STEP, async (moved) => {
    moved(1, 2);
    assert.deepEqual(seen, []);
  });
  assert.deepEqual(seen, ["step-begun", "step-moved", "step-ended"]);
  watching[Symbol.dispose]();
  await model.step(STEP, async () => {});
  assert.equal(seen.length, 3);
});

Deno.test("an observer that rejects changes nothing, and is complained of once", async () => {
  const model = new Model();
  const said: unknown[] = [];
  const { error } = console;
  console.error = (...words) => void said.push(...words);
  try {
    using _rejecting = model.observe(() => Promise.reject(new Error("mine")));
    for (let i = 0; i < 3; i++) model.tell({ kind: "host-connected", host: "db1" });
    await new Promise((resolve) => setTimeout(resolve));
    assert.equal(said.filter((word) => word instanceof Error).length, 1);
  } finally {
    console.error = error;
  }
});

Deno.test("an observer that throws changes nothing, and is complained of once", async () => {
  const model = new Model();
  const said: unknown[] = [];
  const { error } = console;
  console.error = (...words) => void said.push(...words);
  try {
    using _throwing = model.observe(() => {
      throw new Error("mine");
    });
    const seen: number[] = [];
    using _other = model.observe(({ number }) => seen.push(number));
    for (let i = 0; i < 3; i++) model.tell({ kind: "host-connected", host: "db1" });
    await Promise.resolve();
    assert.deepEqual(seen, [1, 2, 3]);
    assert.equal(said.filter((word) => word instanceof Error).length, 1);
    console.error = () => {
      throw new Error("closed");
    };
    using _more = model.observe(() => {
      throw new Error("mine");
    });
    model.tell({ kind: "host-connected", host: "db1" });
    await Promise.resolve();
    assert.equal(seen.length, 4);
  } finally {
    console.error = error;
  }
});

Deno.test("starting() names the start functions that run, through awaits and side by side", async () => {
  const inner = async () => {
    await Promise.resolve();
    return whichStarts();
  };
  const outer = () => starting("startOuter", () => starting("startInner", inner));
  const both = await Promise.all([outer(), starting("startOther", inner)]);
  assert.deepEqual(both, [["startInner", "startOuter"], ["startOther"]]);
  assert.deepEqual(whichStarts(), []);
});
