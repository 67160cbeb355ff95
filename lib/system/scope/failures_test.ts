/** What is done about failures: policies whose answers scopes carry out, with services without processes. */
import assert from "node:assert/strict";
import { type Claim, Nursery, type NurseryOptions } from "../../nursery/mod.ts";
import {
  again,
  always,
  type Answer,
  ask,
  fail,
  leave,
  never,
  onFailure,
  type Policy,
} from "../policy/mod.ts";
import { HeldClock } from "../../testing/held_clock.ts";
import { TestServices } from "../test_services.ts";
import type { Given } from "./fake_options.ts";
import { FakeServices } from "./fake_services.ts";
import { onHeld, scopeOf, supervise } from "./supervise.ts";

const AT_ONCE = { backoff: { first: 0 } };

/** A scope of the services a, b and c. */
class Trial {
  /** Whose next starts fail. */
  readonly refused = new Set<string>();
  readonly services = new TestServices((name) => this.refused.delete(name));
  tasksEnded = 0;

  /** Runs the test with the scope, and ends it. */
  async run(
    policy: Policy,
    test: (nursery: Nursery) => Promise<void>,
    ends: Claim<string>["ends"] = "itself",
  ): Promise<void> {
    await within(async (nursery) => {
      await supervise(nursery, "abc", async (nursery) => {
        for (const name of ["a", "b", "c"]) await this.services.start(nursery, name, ends);
        nursery.spawn(async (signal) => {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          this.tasksEnded++;
        });
      }, { policy });
      this.services.log.length = 0;
      await test(nursery);
    });
  }
}

/** Runs a test in a nursery of its own, and ends what is in it. */
async function within(
  test: (nursery: Nursery) => Promise<void>,
  options: NurseryOptions = {},
): Promise<void> {
  await Nursery.run(async (nursery) => {
    await test(nursery);
    nursery.cancel();
  }, options).catch((error) => {
    if (error.name !== "AbortError") throw error;
  });
}

/** Every promise has settled that can without the world. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("a service that ended cleanly is started again by always, and only by that", async () => {
  for (const [policy, log] of [[always(AT_ONCE), ["+b"]], [onFailure(AT_ONCE), []]] as const) {
    const trial = new Trial();
    await trial.run(policy, async () => {
      trial.services.end("b", true);
      await rest();
      assert.deepEqual(trial.services.log, log);
    });
  }
});

Deno.test("what is left stays down when another is started again, and tasks go on", async () => {
  const trial = new Trial();
  const policy: Policy = ({ path }) => path === "abc/a" ? leave() : again();
  await trial.run(policy, async (nursery) => {
    trial.services.end("a", false);
    await rest();
    assert.equal(scopeOf(nursery, "abc").state, "left");
    assert.equal(trial.tasksEnded, 0);
    trial.services.end("c", false);
    await rest();
    assert.deepEqual(trial.services.log, ["+c"]);
    await scopeOf(nursery, "abc").restart("a");
    assert.deepEqual(trial.services.log, ["+c", "+a"]);
  });
});

Deno.test("of two that fail at once each is put to the policy, also while another is asked about", async () => {
  const trial = new Trial();
  const answers: Record<string, Answer> = { "abc/a": leave(), "abc/b": ask("?"), "abc/c": again() };
  await trial.run(({ path }) => answers[path]!, async (nursery) => {
    using _ = onHeld(nursery, () => {});
    for (const name of ["a", "b", "c"]) trial.services.end(name, false);
    await rest();
    assert.deepEqual(trial.services.log, []);
    await scopeOf(nursery, "abc").answer("leave");
    await rest();
    assert.deepEqual(trial.services.log, ["+c"]);
  });
});

Deno.test("what is started again with the rest is started once, from the failed one on", async () => {
  const trial = new Trial();
  await trial.run(() => again("rest"), async () => {
    trial.services.end("b", false);
    await rest();
    assert.deepEqual(trial.services.log, ["-c", "+b", "+c"]);
  });
});

Deno.test("a scope that fails puts back what it can, in its place, and keeps the first cause", async () => {
  const trial = new Trial();
  const policy: Policy = (_failure, { count }) => count === 1 ? again("all") : fail();
  const running = trial.run(policy, async () => {
    trial.refused.add("a");
    trial.services.end("c", false);
    await rest();
    assert.deepEqual(trial.services.log, ["-b", "-a", "!a", "+a", "+b", "-b", "-a"]);
  });
  await assert.rejects(running, (error: Error) => {
    assert.equal(error.name, "ScopeError");
    assert.match(String(error.cause), /abc\/a: it does not start/);
    return true;
  });
});

Deno.test("what cannot be put back is down", async () => {
  const trial = new Trial();
  const policy: Policy = (_failure, { count }) => {
    trial.refused.add("a");
    return count === 1 ? again("all") : leave();
  };
  await trial.run(policy, async (nursery) => {
    trial.services.end("c", false);
    await rest();
    assert.deepEqual(trial.services.log, ["-b", "-a", "!a", "!a", "+b"]);
    assert.equal(scopeOf(nursery, "abc").state, "left");
  });
});

Deno.test("what was put back stops as if it had never been gone", async () => {
  const trial = new Trial();
  const answers: Policy = (_failure, { count }) => count === 1 ? again() : leave();
  await trial.run(Object.assign(answers, { cleanEnds: true }), async () => {
    trial.refused.add("a");
    trial.services.end("a", true);
    await rest();
  });
  assert.deepEqual(trial.services.log, ["!a", "+a", "-c", "-b", "-a"]);
});

Deno.test("a choice is about what failed: the rest is started again, and no more", async () => {
  const trial = new Trial();
  const policy = onFailure({ ...AT_ONCE, most: 0, again: "rest" });
  await trial.run(policy, async (nursery) => {
    using _ = onHeld(nursery, () => {});
    trial.services.end("b", false);
    await rest();
    await scopeOf(nursery, "abc").answer("again");
    assert.deepEqual(trial.services.log, ["-c", "+b", "+c"]);
  });
});

Deno.test("a choice to leave what failed starts nothing, also when the scope is run again", async () => {
  const trial = new Trial();
  await trial.run(onFailure({ most: 0 }), async (nursery) => {
    using _ = onHeld(nursery, () => {});
    const scope = scopeOf(nursery, "abc");
    trial.services.end("b", false);
    await rest();
    await scope.answer("leave");
    await rest();
    assert.equal(scope.state, "left");
    await scope.run();
    assert.deepEqual(trial.services.log, []);
  });
});

Deno.test("what a scope was given before has failed; that is nothing to the run that gives it something else", async () => {
  const gate = Promise.withResolvers<void>();
  let isTried = false;
  const inner = async (_: Nursery, { what }: { what: string }) => {
    if (what === "bad") {
      isTried = true;
      throw new Error("it is bad");
    }
    if (isTried) await gate.promise;
    return what;
  };
  await within(async (nursery) => {
    const body = (nursery: Nursery, { what }: { what: string }) =>
      supervise(nursery, "inner", inner, { arguments: { what }, policy: never });
    const policy = () => leave();
    await supervise(nursery, "outer", body, { arguments: { what: "good" }, policy });
    const outer = scopeOf(nursery, "outer");
    const bad = outer.run({ what: "bad" });
    await rest();
    const next = outer.run({ what: "next" });
    await rest();
    gate.resolve();
    assert.deepEqual(await Promise.all([bad, next]), ["next", "next"]);
  });
});

Deno.test("a scope inside goes back, too, when the body before cannot be run again", async () => {
  const services = new TestServices(() => false);
  let isBroken = false;
  const start = async (nursery: Nursery, { names }: { names: string[] }) => {
    for (const name of names) await services.start(nursery, name, "itself");
  };
  const body = async (nursery: Nursery, { names }: { names: string[] }) => {
    if (isBroken && names.length > 0) throw new Error("it cannot be run again");
    await supervise(nursery, "inner", start, { arguments: { names } });
    if (names.length === 0) throw new Error("there is nothing");
  };
  await within(async (nursery) => {
    const policy = () => leave();
    await supervise(nursery, "outer", body, { arguments: { names: ["a"] }, policy });
    isBroken = true;
    services.log.length = 0;
    await assert.rejects(scopeOf(nursery, "outer").run({ names: [] }), /there is nothing/);
    assert.deepEqual(services.log, ["-a", "+a"]);
  });
});

Deno.test("what was given up and is asked for again before it has ended is made anew", async () => {
  const clock = new HeldClock();
  const services = new FakeServices(clock);
  const start = (nursery: Nursery, { mark }: { mark: number }) => {
    const times = { starting: 1, stopping: 5, overlaps: false };
    return services.start(nursery, "a", { mark, ...times, uses: [], mayUse: new Set() });
  };
  await within(async (nursery) => {
    const all = [supervise(nursery, "", start, { arguments: { mark: 0 } })];
    for (const mark of [1, 0]) {
      await clock.advance(0);
      all.push(scopeOf(nursery, "").run({ mark }));
    }
    await clock.advance(10);
    assert.deepEqual([...services.standing].map(({ mark }) => mark), [0]);
    assert.equal(new Set(await Promise.all(all)).size, 1);
    nursery.cancel();
    await clock.advance(10);
  }, { clock });
});

Deno.test("what is going back and is given a process that goes is late, and does not wait for ever", async () => {
  const clock = new HeldClock();
  const services = new FakeServices(clock);
  const times = { mark: 0, stopping: 0, overlaps: false, mayUse: new Set<string>() };
  const start = (nursery: Nursery, name: string, starting: number, uses: Given[]) =>
    services.start(nursery, name, { ...times, starting, uses });
  let used: Given;
  await within(async (nursery) => {
    const policy = () => leave();
    const around = supervise(nursery, "around", async (nursery, { has }: { has: boolean }) => {
      if (has) used = await start(nursery, "a", 0, []);
    }, { arguments: { has: true }, policy });
    await clock.advance(0);
    await around;
    const user = supervise(nursery, "user", async (nursery, { fails }: { fails: boolean }) => {
      await start(nursery, "b", fails ? 0 : 5, fails ? [] : [used]);
      if (fails) throw new Error("it fails");
    }, { arguments: { fails: false }, policy });
    await clock.advance(5);
    await user;
    const failing = scopeOf(nursery, "user").run({ fails: true }).catch(({ name }) => name);
    await clock.advance(1);
    await scopeOf(nursery, "around").run({ has: false });
    await clock.advance(20_000);
    assert.equal(await failing, "ScopeError");
    assert.equal(scopeOf(nursery, "user").state, "left");
    nursery.cancel();
    await clock.advance(10);
  }, { clock });
});

Deno.test("Scope.amend() has another body, and keeps what else stands, also when that fails", async () => {
  const trial = new Trial();
  await trial.run(always(AT_ONCE), async (nursery) => {
    const scope = scopeOf(nursery, "abc");
    const value = await scope.amend((nursery) => trial.services.start(nursery, "d", "itself"));
    assert.equal(value, "d");
    assert.deepEqual(trial.services.log, ["+d"]);
    for (const name of ["a", "d"]) {
      trial.services.end(name, false);
      await rest();
    }
    assert.deepEqual(trial.services.log, ["+d", "+a", "+d"]);
  });
});

Deno.test("Scope.use() stops what the other body does not start", async () => {
  const trial = new Trial();
  await trial.run(always(AT_ONCE), async (nursery) => {
    await scopeOf(nursery, "abc").use((nursery) => trial.services.start(nursery, "a", "itself"));
    assert.deepEqual(trial.services.log.toSorted(), ["-b", "-c"]);
  });
});
