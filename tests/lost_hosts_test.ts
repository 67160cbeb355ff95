/** Hosts of scopes that are lost, and come back. */
import assert from "node:assert/strict";
import {
  type Host,
  HostError,
  Model,
  Nursery,
  scopeOf,
  type Service,
  sshHost,
  supervise,
  useHost,
} from "bailiwick";
import { HeldClock, systemTest, testHostsAvailable, TestNetwork } from "bailiwick/testing";
import { Machine, seen } from "./support/machines.ts";
import { startSleeper } from "./support/services.ts";

/** Two machines, each with a scope of one service, and a third service on a that holds the process on b. */
class Pair {
  readonly model = new Model();
  readonly clock = new HeldClock();
  readonly a = new Machine("a", this.model);
  readonly b = new Machine("b", this.model);
  services!: { a: Service; b: Service; user: Service };
  hasB = true;
  mark = "";
  failures: string[] = [];

  get pids() {
    const { a, b, user } = this.services;
    return { a: a.pid, b: b.pid, user: user.pid };
  }

  async run(within: Nursery, test: (nursery: Nursery) => Promise<void>): Promise<void> {
    await Nursery.run(async (nursery) => {
      await supervise(nursery, "all", (nursery) => this.#body(nursery), {
        model: this.model,
        policy: ({ path, error }) => {
          this.failures.push(`${path}: ${error}`);
          return { kind: "fail", reason: `${error}` };
        },
      });
      await test(nursery);
      nursery.cancel();
    }, { within, clock: this.clock }).catch((error) => {
      if (error.name !== "AbortError") throw error;
    });
  }

  /** Settles when the outer scope has this state. */
  async is(nursery: Nursery, state: string, path = "all"): Promise<void> {
    await seen(this.model, () => scopeOf(nursery, path).state === state);
  }

  async #body(nursery: Nursery): Promise<void> {
    const one = async (name: string, host: Host) =>
      await supervise(nursery, name, async (nursery, { mark }) => {
        return { service: await startSleeper(nursery, host.thread, "sleeper", { mark }) };
      }, { arguments: { mark: this.mark }, policy: () => ({ kind: "fail", reason: "no" }) });
    const host = await useHost(nursery, "a", this.a.connect);
    const { service: a } = await one("on-a", host);
    if (!this.hasB) return;
    const { service: b } = await one("on-b", await useHost(nursery, "b", this.b.connect));
    const user = await startSleeper(nursery, host.thread, "user", { uses: [b.process] });
    this.services = { a, b, user };
  }
}

systemTest(
  "a lost host is reconnected, and what was on it started again, with what used it",
  async (test) => {
    const pair = new Pair();
    await pair.run(test.nursery, async (nursery) => {
      const before = pair.pids;
      await pair.b.crash();
      await pair.is(nursery, "waiting");
      await pair.is(nursery, "waiting", "all/on-b");
      const { state, reason } = scopeOf(nursery, "all/on-b");
      assert.deepEqual([state, reason], ["waiting", "host b is lost; it is being reconnected"]);
      assert.equal(scopeOf(nursery, "all/on-a").state, "standing");
      assert.equal(pair.services.b.state, "unknown");
      await pair.clock.advance(100);
      await pair.is(nursery, "standing");
      await pair.is(nursery, "standing", "all/on-b");
      const after = pair.pids;
      assert.equal(after.a, before.a);
      assert.notEqual(after.b, before.b);
      assert.notEqual(after.user, before.user);
      assert.equal(pair.services.b.state, "ready");
      assert.equal(pair.b.attempts, 2);
      await scopeOf(nursery, "all").check();
      assert.deepEqual(pair.failures, []);
    });
  },
);

systemTest(
  "while a host is lost the rest can be changed, and what is to be on it waits",
  async (test) => {
    const pair = new Pair();
    await pair.run(test.nursery, async (nursery) => {
      const all = scopeOf(nursery, "all");
      const before = pair.pids;
      pair.b.isCut = true;
      await pair.b.crash();
      await all.check();
      assert.equal(all.state, "waiting");
      await scopeOf(nursery, "all/on-a").restart("sleeper");
      assert.notEqual(pair.pids.a, before.a);
      pair.mark = "other";
      const { a } = pair.pids;
      await all.run();
      assert.notEqual(pair.pids.a, a);
      assert.equal(pair.pids.user, before.user);
      assert.equal(pair.services.b.state, "unknown");
      await assert.rejects(scopeOf(nursery, "all/on-b").run(), /on-b: host b is lost; it is being/);
      pair.b.isCut = false;
      await pair.clock.advance(30_000);
      await pair.is(nursery, "standing");
      assert.match(pair.services.b.command, /other/);
      assert.equal(pair.services.b.state, "ready");
      assert.deepEqual(pair.failures, []);
    });
  },
);

systemTest("a host that stays away is tried for ever, down to every half minute", async (test) => {
  const pair = new Pair();
  await pair.run(test.nursery, async (nursery) => {
    pair.b.isCut = true;
    await pair.b.crash();
    await pair.is(nursery, "waiting");
    await pair.clock.advance(60_000);
    const first = pair.b.attempts;
    assert.ok(first > 9 && first < 16, `${first} attempts`);
    await pair.clock.advance(3600_000);
    const later = pair.b.attempts - first;
    assert.ok(later >= 120 && later <= 160, `${later} attempts in an hour`);
    const { state, reason } = pair.model.hosts.find(({ host }) => host === "b")!;
    assert.deepEqual([state, reason], ["lost", "Error: b cannot be reached"]);
    assert.equal(scopeOf(nursery, "all").state, "waiting");
    pair.b.isCut = false;
    await pair.clock.advance(30_000);
    await pair.is(nursery, "standing");
    assert.deepEqual(pair.failures, []);
  });
});

systemTest("two hosts that are lost at once come back each by itself", async (test) => {
  const pair = new Pair();
  await pair.run(test.nursery, async (nursery) => {
    const before = pair.pids;
    pair.a.isCut = true;
    await Promise.all([pair.a.crash(), pair.b.crash()]);
    await pair.is(nursery, "waiting", "all/on-a");
    await pair.clock.advance(100);
    await pair.is(nursery, "standing", "all/on-b");
    await pair.is(nursery, "waiting");
    assert.equal(pair.services.a.state, "unknown");
    assert.notEqual(pair.services.b.pid, before.b);
    pair.a.isCut = false;
    await pair.clock.advance(30_000);
    await pair.is(nursery, "standing");
    for (const name of ["a", "b", "user"] as const) {
      assert.equal(pair.services[name].state, "ready");
      assert.notEqual(pair.pids[name], before[name]);
    }
    assert.deepEqual(pair.failures, []);
  });
});

systemTest("a host that is not claimed any more while it is lost is given up", async (test) => {
  const pair = new Pair();
  await pair.run(test.nursery, async (nursery) => {
    pair.b.isCut = true;
    await pair.b.crash();
    await pair.is(nursery, "waiting");
    pair.hasB = false;
    const { attempts } = pair.b;
    await scopeOf(nursery, "all").run();
    assert.equal(scopeOf(nursery, "all").state, "standing");
    await pair.clock.advance(60_000);
    assert.equal(pair.b.attempts, attempts);
  });
});

systemTest("a host that is lost during a run is no failure of the scope", async (test) => {
  const model = new Model();
  const machine = new Machine("b", model);
  let lose = false;
  const service = await supervise(test.nursery, "", async (nursery) => {
    const host = await useHost(nursery, "b", machine.connect);
    if (lose) await machine.crash();
    lose = false;
    await startSleeper(nursery, host.thread, "new");
    return await startSleeper(nursery, host.thread, "old");
  }, { model, policy: () => ({ kind: "fail", reason: "It was put to the policy" }) });
  const before = service.pid;
  lose = true;
  const scope = scopeOf(test.nursery, "");
  await scope.restart("new").catch((error) => assert.match(error.message, /host b is lost/));
  await seen(model, () => scope.state === "standing");
  assert.notEqual(service.pid, before);
  assert.equal(service.state, "ready");
});

systemTest("a host that nobody reconnects fails once for all that was on it", async (test) => {
  const model = new Model();
  const machine = new Machine("b", model);
  await using host = await machine.connect(new AbortController().signal);
  const kinds: string[] = [];
  const failed = Promise.withResolvers<void>();
  await supervise(test.nursery, "all", async (nursery) => {
    for (const name of ["one", "two", "three"]) await startSleeper(nursery, host.thread, name);
  }, {
    policy: ({ kind, error }) => {
      kinds.push(`${kind} ${error instanceof HostError}`);
      failed.resolve();
      return { kind: "leave" };
    },
  });
  await machine.crash();
  await failed.promise;
  await seen(model, () => scopeOf(test.nursery, "all").state === "left");
  assert.deepEqual(kinds, ["host true"]);
});

systemTest("a nursery's host is closed when what is on it has stopped", async (test) => {
  const model = new Model();
  const machine = new Machine("b", model);
  const ends: string[] = [];
  using _ = model.observe((event) => {
    if (event.kind === "service-ended") ends.push(`${event.path} ${event.state}`);
    if (event.kind === "host-lost") ends.push(event.reason);
  });
  await Nursery.run(async (nursery) => {
    const host = await useHost(nursery, "b", machine.connect);
    await startSleeper(nursery, host.thread, "one");
    const two = await startSleeper(nursery, host.thread, "two", { uses: [] });
    await startSleeper(nursery, host.thread, "three", { uses: [two] });
    nursery.cancel();
  }, { within: test.nursery }).catch((error) => assert.equal(error.name, "AbortError"));
  assert.deepEqual(ends.at(-1), "Host b was closed");
  assert.deepEqual(ends.slice(0, -1).toSorted(), ["one stopped", "three stopped", "two stopped"]);
});

Deno.test({
  name:
    "a host behind ssh whose link is cut is back when the link is, and the other's services stay",
  ignore: !testHostsAvailable().ok,
  fn: async () => {
    await using network = await TestNetwork.make({ hosts: 2 });
    const model = new Model();
    const connect = (to: string) => (signal: AbortSignal) =>
      sshHost({ to, config: network.sshConfig }, { model, signal, silence: 1000, timeout: 5000 });
    await Nursery.run(async (nursery) => {
      const services = await supervise(nursery, "", async (nursery) => {
        const [one, two] = await Promise.all(
          ["host0", "host1"].map((name) => useHost(nursery, name, connect(name), { uses: [] })),
        );
        return {
          one: await startSleeper(nursery, one!.thread, "one"),
          two: await startSleeper(nursery, two!.thread, "two"),
        };
      }, { model });
      const before = [services.one.pid, services.two.instance];
      const scope = scopeOf(nursery, "");
      await network.hosts[1]!.linkDown();
      await seen(model, () => scope.state === "waiting");
      assert.deepEqual([services.one.state, services.two.state], ["ready", "unknown"]);
      await network.hosts[1]!.linkUp();
      await seen(model, () => scope.state === "standing");
      assert.equal(services.one.pid, before[0]);
      assert.notEqual(services.two.instance, before[1]);
      assert.equal(services.two.state, "ready");
      nursery.cancel();
    });
    for (const host of network.hosts) await host.untilEmpty();
  },
});
