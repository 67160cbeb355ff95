import assert from "node:assert/strict";
import { seconds } from "../clock/mod.ts";
import { HeldClock } from "../testing/held_clock.ts";
import { guard, type GuardWord } from "./guard.ts";

/** A guardian that listens to what the test says. */
function guarded() {
  const clock = new HeldClock();
  const { readable, writable } = new TransformStream<string, string>();
  const writer = writable.getWriter();
  const verdict = guard(readable, clock);
  return {
    clock,
    verdict,
    end: () => writer.close(),
    /** Says it, and lets time pass in which it goes on living. */
    async say(...words: GuardWord[]) {
      for (const word of words) await writer.write(word);
      await clock.untilSleeping(1);
    },
    async live(duration: number, word: GuardWord = "beat") {
      for (let left = duration; left > 0; left -= 5000) {
        await clock.advance(Math.min(5000, left));
        await Promise.race([writer.write(word), verdict]);
      }
    },
  };
}

Deno.test("guard() is over when the program is confirmed", async () => {
  const { say, verdict } = guarded();
  await say("beat", "step");
  void say("confirmed");
  assert.equal(await verdict, undefined);
});

Deno.test("guard() goes back when the program's pipe ends", async () => {
  const { say, end, verdict } = guarded();
  await say("step");
  await end();
  assert.equal(await verdict, "it ended before it was confirmed");
});

Deno.test("guard() goes back when the program says nothing for 10 s", async () => {
  const { say, clock, verdict } = guarded();
  await say("step");
  await clock.advance(seconds(9.9));
  await say("beat");
  await clock.advance(seconds(10));
  assert.equal(await verdict, "it said nothing for 10 s");
});

Deno.test("guard() goes back when a program that lives gets nowhere for 120 s", async () => {
  const { say, live, verdict } = guarded();
  await say("step");
  await live(seconds(115));
  await say("step");
  await live(seconds(125));
  assert.equal(await verdict, "no step of it was done within 120 s");
});

Deno.test("guard() goes back when nobody confirms in time, and steps change nothing about that", async () => {
  const { say, live, verdict } = guarded();
  await say("waits 300000");
  await live(seconds(290), "step");
  await live(seconds(15), "step");
  assert.equal(await verdict, "nobody confirmed it within 300 s");
});
