/** What scopes mean for each other. */
import assert from "node:assert/strict";
import {
  Command,
  onFailure,
  onHeld,
  scopeOf,
  scopesOf,
  SIG,
  startService,
  supervise,
} from "bailiwick";
import { systemTest, until } from "bailiwick/testing";
import { startSleeper } from "./support/services.ts";

const AT_ONCE = onFailure({ most: Infinity, backoff: { first: 0, jitter: 0 } });

systemTest(
  "what holds a process of another scope follows, around it and beside it",
  async (test) => {
    const { nursery, thread } = test;
    const { db, app, other } = await supervise(nursery, "out", async (nursery) => {
      const db = await supervise(nursery, "a", (nursery) => startSleeper(nursery, thread, "db"), {
        policy: AT_ONCE,
      });
      const app = await startSleeper(nursery, thread, "app", { uses: [db.process] });
      const other = await supervise(
        nursery,
        "b",
        (nursery) => startSleeper(nursery, thread, "app", { uses: [db.process] }),
      );
      return { db, app, other };
    });
    const before = [db, app, other].map(({ pid }) => pid);
    await db.kill(SIG.KILL);
    await until(
      "all have followed",
      () =>
        [db, app, other].every(({ pid, state }, index) =>
          pid !== before[index] && state === "ready"
        ),
    );
  },
);

systemTest(
  "a scope that asks waits, though something in it was to be started again",
  async (test) => {
    const { nursery, thread } = test;
    const held = Promise.withResolvers<void>();
    using _ = onHeld(nursery, () => {
      held.resolve();
      throw new Error("this is the listener's own");
    });
    const policy = onFailure({ most: 1, backoff: { first: 100, jitter: 0 } });
    const { one, two } = await supervise(nursery, "w", async (nursery) => ({
      one: await startSleeper(nursery, thread, "one"),
      two: await startSleeper(nursery, thread, "two"),
    }), { policy });
    await one.kill(SIG.KILL);
    await until("it backs off", () => scopeOf(nursery, "w").state === "backing off");
    await two.kill(SIG.KILL);
    await held.promise;
    await nursery.clock.sleep(200);
    assert.deepEqual([scopeOf(nursery, "w").state, one.state, two.state], [
      "held",
      "failed",
      "failed",
    ]);
    await scopeOf(nursery, "w").answer("again");
    assert.deepEqual([one.state, two.state], ["ready", "ready"]);
  },
);

systemTest("a scope around one that has done its work can be run again", async (test) => {
  const { nursery, thread } = test;
  await supervise(nursery, "out", async (nursery) => {
    await supervise(nursery, "batch", async (nursery) => {
      const script = new Command("sh", ["-c", "echo >&3"]);
      await startService(nursery, thread, script, { name: "job", ready: 3, significant: true });
    });
  });
  await until("the batch is over", () => scopesOf(nursery).length === 1);
  await scopeOf(nursery, "out").run();
});
