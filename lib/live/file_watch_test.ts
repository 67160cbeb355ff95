import assert from "node:assert/strict";
import { systemClock } from "../clock/mod.ts";
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

Deno.test("FileWatch sees a file in a directory that was removed, and one that is made later", async () => {
  const directory = await Deno.makeTempDir({ prefix: "bailiwick-watch-test-" });
  const stop = new AbortController();
  const path = `${directory}/a/b/file.ts`;
  const write = async () => {
    await Deno.mkdir(`${directory}/a/b`, { recursive: true });
    await Deno.writeTextFile(path, "1");
  };
  try {
    using watch = new FileWatch(systemClock, stop.signal);
    for (let round = 0; round < 3; round++) {
      watch.add([path]);
      watch.look();
      await watch.changed();
      const made = watch.changed();
      await write();
      await made;
      watch.add([path]);
      await watch.changed();
      const removed = watch.changed();
      await Deno.remove(`${directory}/a`, { recursive: true });
      await removed;
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
