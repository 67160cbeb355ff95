import assert from "node:assert/strict";
import { after, isOver, type LifeEvent } from "./states.ts";
import type { ServiceState } from "../model/mod.ts";

/** The states after each event, one after the other. */
function states(first: ServiceState, ...events: LifeEvent[]): ServiceState[] {
  const seen = [first];
  for (const event of events) seen.push(after(seen.at(-1)!, event));
  return seen.slice(1);
}

Deno.test("after() leads through a life", () => {
  assert.deepEqual(states("starting", "ready", "stop", "ended"), ["ready", "stopping", "stopped"]);
  assert.deepEqual(states("running", "exited"), ["finished"]);
  assert.deepEqual(states("ready", "broke"), ["failed"]);
});

Deno.test("after() takes an end before readiness for a failure, whatever its status", () => {
  assert.deepEqual(states("starting", "exited"), ["failed"]);
  assert.deepEqual(states("starting", "ended"), ["stopped"]);
});

Deno.test("after() knows what was asked to stop from what broke before it heard of that", () => {
  assert.deepEqual(states("stopping", "exited"), ["stopped"]);
  assert.deepEqual(states("stopping", "broke"), ["failed"]);
  assert.deepEqual(states("stopping", "ready"), ["stopping"]);
});

Deno.test("nothing follows an end", () => {
  const events: LifeEvent[] = ["ready", "stop", "ended", "exited", "broke", "lost"];
  for (const state of ["stopped", "finished", "failed", "unknown"] as const) {
    assert.ok(isOver(state));
    for (const event of events) assert.equal(after(state, event), state);
  }
  for (const state of ["starting", "running", "ready", "stopping"] as const) {
    assert.equal(after(state, "lost"), "unknown");
  }
});

Deno.test("after() takes a service that is not ready any more for one that runs", () => {
  assert.equal(after("ready", "unready"), "unready");
  assert.equal(after("unready", "ready"), "ready");
  assert.equal(after("unready", "exited"), "finished");
  assert.equal(after("unready", "stop"), "stopping");
  for (const state of ["starting", "running", "stopping"] as const) {
    assert.equal(after(state, "unready"), state);
  }
});
