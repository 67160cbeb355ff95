import assert from "node:assert/strict";
import {
  Command,
  type Failure,
  leave,
  onFailure,
  onHeld,
  scopeOf,
  SIG,
  startService,
  supervise,
} from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { startSleeper } from "./support/services.ts";

const AT_ONCE = onFailure({ most: Infinity, backoff: { first: 0, jitter: 0 } });

systemTest("a scope that is run again touches nothing that is the same", async (test) => {
  const { nursery, thread } = test;
  const runs: string[] = [];
  const services = await supervise(nursery, "web", async (nursery, { mark }) => {
    runs.push(mark);
    const [one, two] = [
      await startSleeper(nursery, thread, "one"),
      await startSleeper(nursery, thread, "two", { mark }),
    ];
    return { one, two };
  }, { arguments: { mark: "a" } });
  const [one, two] = [services.one.pid, services.two.pid];
  assert.equal(services.one.path, "web/one");
  const scope = scopeOf(nursery, "web");
  await scope.run();
  await scope.check();
  assert.deepEqual([services.one.pid, services.two.pid], [one, two]);
  await scope.run({ mark: "b" });
  assert.equal(services.one.pid, one);
  assert.notEqual(services.two.pid, two);
  assert.deepEqual(runs, ["a", "a", "a", "b"]);
});

systemTest("what dies is started again, and what holds its process follows", async (test) => {
  const { nursery, thread } = test;
  const stops: string[] = [];
  using _ = thread.host.model.observe((event) => {
    if (event.kind === "service-ended") stops.push(event.path);
  });
  const again = Promise.withResolvers<void>();
  let runs = 0;
  const all = await supervise(nursery, "", async (nursery) => {
    const base = await startSleeper(nursery, thread, "base");
    const middle = await startSleeper(nursery, thread, "middle", { uses: [base.process] });
    const top = await startSleeper(nursery, thread, "top", { uses: [middle.process] });
    const other = await startSleeper(nursery, thread, "other", { uses: [base] });
    if (++runs === 2) again.resolve();
    return { base, middle, top, other };
  }, { policy: AT_ONCE });
  const before = Object.values(all).map(({ pid }) => pid);
  await all.base.kill(SIG.KILL);
  await again.promise;
  await scopeOf(nursery, "").run();
  const after = Object.values(all).map(({ pid }) => pid);
  assert.deepEqual(after.map((pid, index) => pid === before[index]), [false, false, false, true]);
  assert.deepEqual(stops, ["base", "top", "middle"]);
});

systemTest("a scope that failed too often asks, and goes on when it is answered", async (test) => {
  const { nursery, thread } = test;
  const held = Promise.withResolvers<void>();
  using _ = onHeld(nursery, () => held.resolve());
  const policy = onFailure({ most: 0 });
  const { service } = await supervise(nursery, "orders", async (nursery, { mark }) => {
    return { service: await startSleeper(nursery, thread, "orderd", { mark }) };
  }, { arguments: { mark: "a" }, policy });
  const before = service.pid;
  await service.kill(SIG.KILL);
  await held.promise;
  const scope = scopeOf(nursery, "orders");
  assert.equal(scope.state, "held");
  assert.deepEqual(scope.choices.map(({ label }) => label), [
    "again",
    "again-with",
    "leave",
    "fail",
  ]);
  await scope.answer("again-with", { mark: "b" });
  assert.equal(scope.state, "standing");
  assert.notEqual(service.pid, before);
  await assert.rejects(scope.answer("again"), /was answered "again-with"/);
});

systemTest(
  "what ends as soon as it is ready has ended, as a failure if it is not finite",
  async (test) => {
    const { nursery, thread } = test;
    const failures: Failure[] = [];
    const failed = Promise.withResolvers<void>();
    const policy = (failure: Failure) => {
      failures.push(failure);
      failed.resolve();
      return leave();
    };
    await supervise(nursery, "web", async (nursery) => {
      for (const finite of [true, false]) {
        const command = new Command("sh", ["-c", "echo >&3"]);
        await startService(nursery, thread, command, { name: `${finite}`, ready: 3, finite });
      }
    }, { policy });
    await failed.promise;
    assert.deepEqual(failures.map(({ path, endedCleanly }) => [path, endedCleanly]), [[
      "web/false",
      true,
    ]]);
  },
);
