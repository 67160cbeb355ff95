import assert from "node:assert/strict";
import { HeldClock } from "../testing/held_clock.ts";
import { FileWatch, QUIET } from "./file_watch.ts";

Deno.test("FileWatch takes what happens before it is quiet for one change", async () => {
  const [clock, stop] = [new HeldClock(), new AbortController()];
  using watch = new FileWatch(clock, stop.signal);
  let settled = 0;
  const changed = watch.changed().then(() => settled++);
  watch.look();
  await clock.untilSleeping(1);
  await clock.advance(QUIET - 1);
  watch.look();
  await clock.advance(1);
  assert.equal(settled, 0);
  await clock.advance(QUIET);
  await changed;
  const next = watch.changed();
  stop.abort("over");
  assert.equal(await next.catch((reason) => reason), "over");
});
