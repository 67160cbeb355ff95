import assert from "node:assert/strict";
import { once } from "node:events";
import { HeldClock } from "../testing/held_clock.ts";
import { CancelledError, Nursery, NurseryClosedError } from "./mod.ts";

/** A task that ends when it is told to, as tasks should. */
function untilAborted(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  if (signal.aborted) reject(signal.reason);
  signal.addEventListener("abort", () => reject(signal.reason));
  return promise;
}

Deno.test("Nursery.run() returns what the body returned when every task has ended", async () => {
  const release = Promise.withResolvers<void>();
  let ended = false;
  const result = await Nursery.run(async (nursery) => {
    nursery.spawn(async () => {
      await release.promise;
      ended = true;
    });
    queueMicrotask(release.resolve);
    return 7;
  });
  assert.deepEqual([result, ended], [7, true]);
});

Deno.test("Nursery.run() throws a task's error as it is, and aborts the others", async () => {
  const error = new Error("broken");
  let reason: unknown;
  const run = Nursery.run(async (nursery) => {
    nursery.spawn(async (signal) => {
      await untilAborted(signal).catch((caught) => reason = caught);
    });
    nursery.spawn(() => Promise.reject(error), "orderd");
    await untilAborted(nursery.signal);
  });
  assert.equal(await run.catch((caught) => caught), error);
  assert(reason instanceof CancelledError);
  assert.equal(reason.message, "Cancelled, as orderd failed: Error: broken");
  assert.equal(reason.cause, error);
});

Deno.test("Nursery.run() throws the body's error, and aborts the tasks", async () => {
  const run = Nursery.run(async (nursery) => {
    nursery.spawn(untilAborted);
    throw new Error("body");
  });
  await assert.rejects(run, { message: "body" });
});

Deno.test("Nursery.run() lists several failures in an AggregateError", async () => {
  const [first, second] = [new Error("one\ntwo"), new TypeError("three")];
  const error = await Nursery.run(async (nursery) => {
    nursery.spawn(() => Promise.reject(first), "a");
    nursery.spawn(async (signal) => {
      await untilAborted(signal).catch(() => {});
      throw second;
    }, "b");
  }).catch((caught) => caught);
  assert(error instanceof AggregateError);
  assert.deepEqual(error.errors, [first, second]);
  assert.equal(error.message, "2 tasks failed\n  a: Error: one\n  two\n  b: TypeError: three");
  assert.equal(error.cause, first);
});

Deno.test("Nursery.run() throws one error once when several tasks end with it", async () => {
  const error = new Error("host lost");
  const run = Nursery.run(async (nursery) => {
    for (let i = 0; i < 3; i++) nursery.spawn(() => Promise.reject(error));
  });
  assert.equal(await run.catch((caught) => caught), error);
});

Deno.test("Nursery.run() throws the outer signal's reason when that cancelled it", async () => {
  const outer = new AbortController();
  const reason = new Error("interrupted");
  const run = Nursery.run(async (nursery) => nursery.spawn(untilAborted), { signal: outer.signal });
  outer.abort(reason);
  assert.equal(await run.catch((caught) => caught), reason);
  let called = false;
  const again = Nursery.run(async () => void (called = true), { signal: outer.signal });
  assert.equal(await again.catch((caught) => caught), reason);
  assert.equal(called, false);
});

Deno.test("Nursery.run() throws a failure rather than the outer signal's reason", async () => {
  const outer = new AbortController();
  const run = Nursery.run(async (nursery) => {
    nursery.spawn((signal) => untilAborted(signal).catch(() => Promise.reject(new Error("dirty"))));
  }, { signal: outer.signal });
  outer.abort();
  await assert.rejects(run, { message: "dirty" });
});

Deno.test("Nursery.run() passes cancellation through nested nurseries", async () => {
  const events: string[] = [];
  const run = Nursery.run(async (nursery) => {
    nursery.spawn((signal) =>
      Nursery.run(async (inner) => {
        inner.spawn((signal) => untilAborted(signal).finally(() => events.push("inner ended")));
      }, { signal }).finally(() => events.push("inner nursery ended"))
    );
    throw new Error("outer");
  });
  await assert.rejects(run, { message: "outer" });
  assert.deepEqual(events, ["inner ended", "inner nursery ended"]);
});

Deno.test("cancel() ends the tasks, and run() returns when the body had returned", async () => {
  const result = await Nursery.run(async (nursery) => {
    nursery.spawn(untilAborted);
    nursery.cancel();
    nursery.cancel(new Error("only the first reason counts"));
    assert.equal((nursery.signal.reason as Error).name, "AbortError");
    return "done";
  });
  assert.equal(result, "done");
});

Deno.test("cancel() makes run() throw its reason when that ended the body", async () => {
  const reason = new Error("enough");
  const run = Nursery.run(async (nursery) => {
    nursery.spawn(async () => nursery.cancel(reason));
    await untilAborted(nursery.signal);
  });
  assert.equal(await run.catch((caught) => caught), reason);
});

Deno.test("spawn() takes Node's AbortError for the cancellation", async () => {
  await Nursery.run(async (nursery) => {
    nursery.spawn(async (signal) => void await once(new EventTarget(), "never", { signal }));
    nursery.cancel();
  });
});

Deno.test("spawn() counts a task that throws before its first await", async () => {
  const run = Nursery.run(async (nursery) => {
    nursery.spawn(() => {
      throw new Error("at once");
    });
    await untilAborted(nursery.signal);
  });
  await assert.rejects(run, { message: "at once" });
});

Deno.test("spawn() works while tasks are running, and throws when all have ended", async () => {
  let late = false;
  const nursery = await Nursery.run(async (nursery) => {
    nursery.spawn(async () => {
      await Promise.resolve();
      nursery.spawn(async () => void (late = true));
    });
    return nursery;
  });
  assert(late);
  assert.throws(() => nursery.spawn(async () => {}, "late"), NurseryClosedError);
  assert.throws(() => nursery.ordered(async () => {}), NurseryClosedError);
  await assert.rejects(nursery.start(async () => {}), NurseryClosedError);
});

Deno.test("start() waits for the value, and the task runs on", async () => {
  const events: string[] = [];
  await Nursery.run(async (nursery) => {
    const value = await nursery.start<string>(async (ready, signal) => {
      ready("address");
      await untilAborted(signal).finally(() => events.push("ended"));
    });
    events.push(value);
    nursery.cancel();
  });
  assert.deepEqual(events, ["address", "ended"]);
});

Deno.test("start() throws what the task throws before it is ready, and the nursery goes on", async () => {
  await Nursery.run(async (nursery) => {
    await assert.rejects(nursery.start(() => Promise.reject(new Error("no port"))), /no port/);
    await assert.rejects(
      nursery.start(async () => {}, "lazy"),
      { message: "Task lazy ended before it was ready" },
    );
    assert.equal(nursery.signal.aborted, false);
  });
});

Deno.test("start() leaves what the task throws after it was ready to the nursery", async () => {
  const run = Nursery.run(async (nursery) => {
    await nursery.start<void>(async (ready) => {
      ready();
      throw new Error("later");
    });
    await untilAborted(nursery.signal);
  });
  await assert.rejects(run, { message: "later" });
});

Deno.test("ordered() stops tasks in reverse order, one after the other", async () => {
  const events: string[] = [];
  await Nursery.run(async (nursery) => {
    for (const name of ["database", "orderd", "gateway"]) {
      nursery.ordered(async (signal, turn) => {
        await untilAborted(signal).catch(() => {});
        await turn.come;
        events.push(`${name} stopping`);
        await Promise.resolve();
        events.push(`${name} stopped`);
      });
    }
    nursery.cancel();
  });
  const order = ["gateway", "orderd", "database"];
  assert.deepEqual(events, order.flatMap((name) => [`${name} stopping`, `${name} stopped`]));
});

Deno.test("ordered() does not wait for tasks that had ended, nor before a cancel", async () => {
  const events: string[] = [];
  const run = Nursery.run(async (nursery) => {
    nursery.ordered(async (_, turn) => void events.push(`first: ${await turn.come}`));
    nursery.ordered(async () => {
      await Promise.resolve();
      events.push("second failed");
      throw new Error("second");
    });
    nursery.ordered(async () => {});
  });
  await assert.rejects(run, { message: "second" });
  assert.deepEqual(events, ["second failed", "first: undefined"]);
});

Deno.test("Nursery.run() within another waits for it, and stops in its turn", async () => {
  const events: string[] = [];
  const stopping = (nursery: Nursery, name: string) => {
    nursery.ordered(async (_signal, turn) => {
      await turn.come;
      await Promise.resolve();
      events.push(name);
    });
  };
  await Nursery.run(async (outer) => {
    stopping(outer, "first");
    const nested = Nursery.run(async (inner) => {
      stopping(inner, "second");
      assert.equal(inner.pathOf("orderd"), "system/shard/orderd");
      assert.equal(inner.clock, outer.clock);
    }, { within: outer, name: "shard" });
    nested.catch(() => events.push("nested cancelled"));
    stopping(outer, "third");
    outer.cancel();
  }, { name: "system", clock: new HeldClock() });
  assert.deepEqual(events.slice(0, 3), ["third", "second", "first"]);
});

Deno.test("a name in a nursery cannot be empty", async () => {
  const body = (nursery: Nursery) => Promise.resolve(nursery.pathOf(""));
  await assert.rejects(Nursery.run(body), RangeError);
  await assert.rejects(Nursery.run(() => Promise.resolve(), { name: "" }), RangeError);
});

Deno.test("Nursery.run() within another throws its own failures, and the outer one goes on", async () => {
  await Nursery.run(async (outer) => {
    const nested = Nursery.run(async (inner) => {
      inner.spawn(() => Promise.reject(new Error("inner")));
    }, { within: outer });
    await assert.rejects(nested, { message: "inner" });
    assert.equal(outer.signal.aborted, false);
  });
});

Deno.test("fail() cancels at once, and the task that noticed goes on", async () => {
  const error = new Error("seen");
  let later = false;
  const run = Nursery.run(async (nursery) => {
    nursery.spawn(async () => {
      nursery.fail(error, "orderd");
      assert.equal((nursery.signal.reason as Error).cause, error);
      await Promise.resolve();
      later = true;
    });
  });
  assert.equal(await run.catch((caught) => caught), error);
  assert.ok(later);
});
