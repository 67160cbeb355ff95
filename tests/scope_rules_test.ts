/** What scopes do when they are told what cannot be, or what is in them does not do what it should. */
import assert from "node:assert/strict";
import {
  type Arguments,
  ChoiceError,
  fail,
  leave,
  never,
  Nursery,
  once,
  onFailure,
  onHeld,
  type Policy,
  type ScopeError,
  scopeOf,
  ScopeStateError,
  seconds,
  supervise,
} from "bailiwick";
import { HeldClock } from "bailiwick/testing";
import { FakeServices } from "../lib/system/scope/fake_services.ts";

const AT_ONCE = onFailure({ most: 2, start: "again", backoff: { first: 0, jitter: 0 } });

/** Services without processes, in time that is held. */
class Trial {
  readonly clock = new HeldClock();
  readonly services = new FakeServices(this.clock);

  async run(test: (nursery: Nursery) => Promise<void>): Promise<void> {
    const running = Nursery.run(async (nursery) => {
      await test(nursery);
      nursery.cancel();
    }, { clock: this.clock });
    await running.catch((error) => {
      if (error.name !== "AbortError") throw error;
    });
    assert.deepEqual(this.standing, []);
    assert.deepEqual(this.services.problems, []);
  }

  async start(nursery: Nursery, name: string, mark = 0): Promise<string> {
    const options = { mark, starting: 0, stopping: 0, overlaps: false, mayUse: new Set<string>() };
    return (await this.services.start(nursery, name, { ...options, uses: undefined })).path;
  }

  get standing(): string[] {
    return [...this.services.standing].map(({ path, mark }) => `${path} ${mark}`);
  }

  kill(path: string): void {
    this.services.standing.values().find((service) => service.path === path)!.die();
  }
}

function trial(name: string, test: (trial: Trial, nursery: Nursery) => Promise<void>): void {
  Deno.test(name, async () => {
    const trial = new Trial();
    await trial.run((nursery) => test(trial, nursery));
  });
}

trial("two claims of a name are an error that has both places", async (trial, nursery) => {
  const twice = supervise(nursery, "web", async (nursery) => {
    await once(nursery, "one", 1, async () => 1);
    await once(nursery, "one", 1, async () => 1);
  }, { policy: never });
  await assert.rejects(twice, (error: Error) => {
    const cause = error.cause as Error;
    assert.match(cause.message, /web\/one is claimed twice/);
    const places = cause.message.match(/\w+_test\.ts:\d+/g) ?? [];
    assert.equal(new Set(places).size, 2, cause.message);
    return true;
  });
  assert.deepEqual(trial.standing, []);
});

trial("a scope that is run from within its body says so", async (_trial, nursery) => {
  const errors: unknown[] = [];
  await supervise(nursery, "web", async (nursery) => {
    await scopeOf(nursery, "web").run().catch((error: unknown) => errors.push(error));
  });
  assert.ok(errors[0] instanceof ScopeStateError);
});

trial(
  "a body that does not end holds its scope, and what was asked for comes after it",
  async ({ clock }, nursery) => {
    const gate = Promise.withResolvers<void>();
    let runs = 0;
    await supervise(nursery, "web", async () => {
      if (++runs === 2) await gate.promise;
    });
    const scope = scopeOf(nursery, "web");
    const first = scope.run();
    await clock.advance(0);
    const second = scope.run();
    for (const time of [0, seconds(11)]) await clock.advance(time);
    assert.equal(scope.state, "held");
    assert.match(scope.reason!, /does not end, 10 s after/);
    gate.resolve();
    await Promise.all([first, second]);
    assert.deepEqual([scope.state, runs], ["standing", 3]);
  },
);

trial("a task that does not end holds its scope", async ({ clock }, nursery) => {
  const gate = Promise.withResolvers<void>();
  await supervise(nursery, "web", async (nursery) => nursery.spawn(() => gate.promise));
  const scope = scopeOf(nursery, "web");
  const again = scope.run();
  await clock.advance(seconds(11));
  assert.equal(scope.state, "held");
  gate.resolve();
  await again;
});

trial(
  "of those who have a body run while it runs, the last wins, and all get its value",
  async (trial, nursery) => {
    const runs: number[] = [];
    const first = supervise(nursery, "web", async (nursery, { n }) => {
      runs.push(n);
      await nursery.clock.sleep(10, { signal: nursery.signal });
      return n;
    }, { arguments: { n: 0 } });
    await trial.clock.advance(0);
    const scope = scopeOf(nursery, "web");
    const all = [first, scope.run({ n: 1 }), scope.run({ n: 2 })];
    await trial.clock.advance(100);
    assert.deepEqual(await Promise.all(all), [2, 2, 2]);
    assert.deepEqual(runs, [0, 2]);
  },
);

trial("a choice that takes other values changes nothing", async (trial, nursery) => {
  using _ = onHeld(nursery, () => {});
  const policy = onFailure({ most: 0 });
  await supervise(nursery, "web", async (nursery, { mark }) => {
    await trial.start(nursery, "one", mark);
  }, { arguments: { mark: 0 }, policy });
  const scope = scopeOf(nursery, "web");
  trial.kill("web/one");
  await trial.clock.advance(0);
  const wrong: [string, Arguments][] = [["again", { mark: 1 }], ["again-with", { port: 1 }], [
    "x",
    {},
  ]];
  for (const [label, values] of wrong) {
    await assert.rejects(scope.answer(label, values), ChoiceError);
    assert.equal(scope.state, "held");
  }
  await scope.answer("again-with", { mark: 1 });
  assert.deepEqual(trial.standing, ["web/one 1"]);
});

trial(
  "a policy that throws fails the scope, with what it threw and what it was asked",
  async (trial, nursery) => {
    const policy: Policy = () => {
      throw new Error("no policy");
    };
    const body = async () => {
      throw new Error("no body");
    };
    const failing = supervise(nursery, "web", body, { policy });
    await assert.rejects(failing, (error: ScopeError) => {
      assert.match(error.message, /no policy/);
      assert.match(String(error.cause), /no body/);
      return true;
    });
    assert.deepEqual(trial.standing, []);
  },
);

trial("when verify throws, what stood before stands", async (trial, nursery) => {
  await supervise(nursery, "web", async (nursery, { mark }) => {
    await trial.start(nursery, "one", mark);
    if (mark === 1) await trial.start(nursery, "two");
    return mark;
  }, {
    arguments: { mark: 0 },
    policy: () => leave(),
    verify: async (mark) => {
      if (mark === 1) throw new Error("it is not well");
    },
  });
  const scope = scopeOf(nursery, "web");
  await assert.rejects(scope.run({ mark: 1 }), /it is not well/);
  assert.deepEqual(trial.standing, ["web/one 0"]);
  assert.deepEqual([scope.state, scope.value, scope.arguments.mark], ["left", 0, 0]);
});

trial(
  "a value that is another in each run is a failure that names the field",
  async (_trial, nursery) => {
    let count = 0;
    const body = async () => ({ port: { number: ++count } });
    await supervise(nursery, "web", body, { policy: () => leave() });
    const scope = scopeOf(nursery, "web");
    await scope.run();
    await assert.rejects(scope.run(), /value\.port\.number was 2 and is 3/);
  },
);

trial("a value that follows from other arguments is no failure", async (_trial, nursery) => {
  const body = async (_: Nursery, { port }: { port: number }) => port;
  await supervise(nursery, "web", body, { arguments: { port: 0 }, policy: () => leave() });
  const scope = scopeOf(nursery, "web");
  for (const port of [1, 2, 3, 4]) assert.equal(await scope.run({ port }), port);
});

trial("a claim after the body has returned is an error", async (trial, nursery) => {
  const gate = Promise.withResolvers<void>();
  const late = Promise.withResolvers<unknown>();
  await supervise(nursery, "web", async (nursery) => {
    void gate.promise.then(() => trial.start(nursery, "one")).catch(late.resolve);
  });
  gate.resolve();
  assert.match(String(await late.promise), /web\/one was claimed when the run .* was over/);
});

trial(
  "a first run that fails leaves nothing, and its error has the first cause",
  async (trial, nursery) => {
    const failing = supervise(nursery, "web", async (nursery) => {
      await trial.start(nursery, "one");
      await supervise(nursery, "inner", async (nursery) => {
        await trial.start(nursery, "two");
        throw new Error("the disk is full");
      });
    });
    await assert.rejects(failing, (error: Error) => {
      const causes: string[] = [];
      for (let at: unknown = error; at instanceof Error; at = at.cause) causes.push(at.message);
      assert.match(causes.at(-1)!, /the disk is full/);
      return true;
    });
    assert.deepEqual(trial.standing, []);
  },
);

trial(
  "an inner scope that failed for good is run again by the outer, with an empty past",
  async (trial, nursery) => {
    const past: number[] = [];
    let inner = 0;
    const policy: Policy = (_, { count }) => {
      past.push(count);
      return count > 1 ? fail("twice") : AT_ONCE(_, { count, within: () => 0, inARow: () => 1 });
    };
    await supervise(nursery, "outer", async (nursery) => {
      await supervise(nursery, "inner", async (nursery) => {
        inner++;
        await trial.start(nursery, "one");
      }, { policy });
    }, { policy: AT_ONCE });
    for (const expected of [2, 3, 4]) {
      trial.kill("outer/inner/one");
      await trial.clock.advance(0);
      assert.equal(inner, expected);
      assert.deepEqual(trial.standing, ["outer/inner/one 0"]);
    }
    assert.deepEqual(past, [1, 2, 1]);
  },
);

trial("an operator's restart starts one anew, and at once", async (trial, nursery) => {
  const policy = onFailure({ start: "again", backoff: { first: seconds(30), jitter: 0 } });
  await supervise(nursery, "web", async (nursery) => {
    await trial.start(nursery, "one");
    await trial.start(nursery, "two");
  }, { policy });
  const scope = scopeOf(nursery, "web");
  const [one, two] = [...trial.services.standing];
  await scope.restart("two");
  assert.deepEqual([trial.services.standing.has(one!), trial.services.standing.has(two!)], [
    true,
    false,
  ]);
  await assert.rejects(scope.restart("three"), ScopeStateError);
  trial.kill("web/one");
  await trial.clock.advance(0);
  assert.equal(scope.state, "backing off");
  await scope.restart("one");
  assert.equal(scope.state, "standing");
});

trial("a scope that is held is run again with what is around it", async (trial, nursery) => {
  using _ = onHeld(nursery, () => {});
  await supervise(nursery, "outer", async (nursery, { mark }) => {
    await supervise(nursery, "inner", async (nursery) => {
      await trial.start(nursery, "one", mark);
    }, { policy: onFailure({ most: 0 }) });
  }, { arguments: { mark: 0 }, policy: AT_ONCE });
  trial.kill("outer/inner/one");
  await trial.clock.advance(0);
  const inner = scopeOf(nursery, "outer/inner");
  assert.equal(inner.state, "held");
  await scopeOf(nursery, "outer").run({ mark: 1 });
  assert.deepEqual([inner.state, inner.choices.length], ["standing", 0]);
  assert.deepEqual(trial.standing, ["outer/inner/one 1"]);
});

trial(
  "cancelled while something waits to be started again, it ends at once",
  async (trial, nursery) => {
    const policy = onFailure({ backoff: { first: seconds(30), jitter: 0 } });
    await supervise(nursery, "web", async (nursery) => {
      await trial.start(nursery, "one");
    }, { policy });
    trial.kill("web/one");
    await trial.clock.advance(0);
    const asked = scopeOf(nursery, "web").run();
    await trial.clock.advance(0);
    nursery.cancel();
    await assert.rejects(asked, { name: "AbortError" });
  },
);
