import assert from "node:assert/strict";
import { Silence } from "./silence.ts";

/** Ticks in time from here on; returns when it was judged silent. */
function judgedAt(silence: Silence, from: number, until: number): number | undefined {
  for (let now = from + silence.interval; now <= until; now += silence.interval) {
    if (silence.tick(now) !== undefined) return now;
  }
  return undefined;
}

Deno.test("Silence is too long when nothing came for the whole time", () => {
  const silence = new Silence(8000, 100);
  assert.equal(judgedAt(silence, 100, 20_000), 8100);
  assert.equal(silence.tick(8600), 8500);
});

Deno.test("anything that came begins it anew", () => {
  const silence = new Silence(8000, 0);
  assert.equal(judgedAt(silence, 0, 7000), undefined);
  silence.heard(7500);
  assert.equal(judgedAt(silence, 7000, 60_000), 15_500);
});

Deno.test("a program that was stopped has heard nothing, and judges nobody for it", () => {
  const silence = new Silence(8000, 0);
  assert.equal(judgedAt(silence, 0, 3000), undefined);
  // Ten minutes later: what came meanwhile is read after this tick.
  assert.equal(silence.tick(600_000), undefined);
  silence.heard(600_001);
  assert.equal(judgedAt(silence, 600_000, 607_000), undefined);
});

Deno.test("a program that is blocked over and over never judges", () => {
  const silence = new Silence(8000, 0);
  for (let now = 2000; now < 100_000; now += 2000) assert.equal(silence.tick(now), undefined);
});

Deno.test("a host that fell silent while the program was stopped is judged after a whole time more", () => {
  const silence = new Silence(8000, 0);
  assert.equal(silence.tick(600_000), undefined);
  assert.equal(judgedAt(silence, 600_000, 700_000), 608_000);
});
