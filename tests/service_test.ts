/** What becomes of services and of their callers, whatever goes wrong with them. */
import assert from "node:assert/strict";
import {
  Command,
  minutes,
  monitor,
  Nursery,
  ServiceError,
  ServiceNotReadyError,
  SIG,
  startService,
} from "bailiwick";
import { HeldClock, type SystemContext, systemTest } from "bailiwick/testing";
import { FOREVER, READY, sh, start } from "./support/services.ts";

function isServiceError(error: unknown, path: string): boolean {
  return error instanceof ServiceError && error.path === path;
}

systemTest("a start that fails is its caller's affair, and the nursery goes on", async (
  { nursery, thread, host },
) => {
  const good = await start(nursery, thread, "good");
  const bad = new Command("sh", ["-c", "echo no such flag; exit 2"]);
  await assert.rejects(
    startService(nursery, thread, bad, { name: "bad", ready: READY }),
    (error) => {
      assert.ok(error instanceof ServiceError);
      assert.deepEqual(error.lastLines, ["no such flag"]);
      return true;
    },
  );
  await assert.rejects(startService(nursery, thread, new Command("/no/such")), { code: "ENOENT" });
  assert.equal(nursery.signal.aborted, false);
  assert.equal(good.state, "ready");
  const states = host.info.model.services.map(({ path, state }) => [path, state]);
  assert.deepEqual(states, [["good", "ready"], ["bad", "failed"]]);
});

systemTest("a service that closes its ready descriptor without a word is stopped for that", async (
  { nursery, thread, host },
) => {
  const command = new Command("sh", ["-c", `exec 3>&-; ${FOREVER}`]);
  await assert.rejects(startService(nursery, thread, command, { ready: READY }), {
    name: "ServiceError",
    problem: "closed its ready descriptor without saying that it is ready",
    message: /\) closed its ready descriptor .*, and was stopped: killed by SIGTERM, after /,
  });
  assert.equal(host.info.model.services[0]!.state, "failed");
  assert.equal(nursery.signal.aborted, false);
});

/** Runs a body in a nursery whose time only the test moves. */
async function held(
  body: (nursery: Nursery, clock: HeldClock) => Promise<void>,
): Promise<void> {
  const clock = new HeldClock();
  await Nursery.run(async (nursery) => {
    await body(nursery, clock);
    nursery.cancel();
  }, { clock });
}

systemTest(
  "a service that is not ready in time is stopped, and says so",
  async ({ thread, host }) => {
    await held(async (nursery, clock) => {
      const command = new Command("sh", ["-c", FOREVER]);
      const starting = startService(nursery, thread, command, { name: "slow", ready: READY });
      const failed = assert.rejects(starting, {
        name: "ServiceError",
        message:
          /^Service slow on host local .* was not ready within 60 s, and was stopped: killed by/,
      });
      await until(() => host.info.model.services.length === 1, host.info.model);
      await clock.advance(minutes(1));
      await failed;
      assert.equal(host.info.model.services[0]!.state, "failed");
    });
  },
);

/** Waits for an event of the model after which something holds. */
async function until(
  holds: () => boolean,
  model: SystemContext["host"]["info"]["model"],
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  using _watching = model.observe(() => holds() && resolve());
  if (!holds()) await promise;
}

systemTest("a signal ends the wait for readiness, with its reason, and the service", async (
  { nursery, thread, host },
) => {
  const stop = new AbortController();
  const command = new Command("sh", ["-c", FOREVER]);
  const options = { ready: READY, readyTimeout: Infinity, signal: stop.signal };
  const starting = startService(nursery, thread, command, options);
  await until(() => host.info.model.services.length === 1, host.info.model);
  stop.abort("enough");
  assert.equal(await starting.catch((reason) => reason), "enough");
  assert.equal(host.info.model.services[0]!.state, "stopped");
});

systemTest("startService() refuses what is no duration", async ({ nursery, thread }) => {
  for (
    const options of [{ stop: { grace: -1 } }, { stop: { signal: 65 } }, { readyTimeout: NaN }]
  ) {
    await assert.rejects(startService(nursery, thread, sh(FOREVER), options), RangeError);
  }
});

systemTest("a nursery that ends while a start is in flight ends what that starts", async (
  { thread, host },
) => {
  for (const delay of [0, 1, 2]) {
    let starting: Promise<unknown> | undefined;
    await Nursery.run(async (nursery) => {
      const command = new Command("sh", ["-c", FOREVER]);
      starting = startService(nursery, thread, command, { ready: READY }).catch(() => {});
      for (let turns = 0; turns < delay; turns++) await thread.getpid();
      nursery.cancel();
    });
    await starting;
  }
  const live = host.info.model.services.filter(({ ended }) => ended === undefined);
  assert.deepEqual(live, []);
});

systemTest(
  "the first failure comes first, and the next one is not swallowed",
  async ({ thread }) => {
    const running = Nursery.run(async (nursery) => {
      const symptom = await start(nursery, thread, "symptom");
      const cause = await start(nursery, thread, "cause", FOREVER, []);
      // It has used the symptom, which therefore is not asked to stop yet when it fails.
      nursery.ordered(async (_signal, turn) => {
        await turn.come;
        await symptom.kill(SIG.KILL);
        await symptom.ended;
      });
      await cause.kill(SIG.KILL);
      await cause.ended;
    });
    const error = await running.catch((error) => error);
    assert.ok(error instanceof AggregateError, `${error}`);
    assert.deepEqual(error.errors.map(({ path }) => path), ["cause", "symptom"]);
    assert.equal(error.cause, error.errors[0]);
  },
);

systemTest("a service that was started by hand fails the nursery before its caller", async (
  { thread },
) => {
  const running = Nursery.run(async (nursery) => {
    const child = await thread.clone();
    const process = await child.exec(new Command("sh", ["-c", "echo broken; exit 7"]), {
      ready: READY,
      name: "manual",
    });
    monitor(nursery, process);
    await process.ready;
  });
  const error = await running.catch((error) => error);
  assert.ok(error instanceof AggregateError, `${error}`);
  const [first, second] = error.errors;
  assert.ok(isServiceError(first, "manual"));
  assert.deepEqual(first.lastLines, ["broken"]);
  assert.ok(second instanceof ServiceNotReadyError);
  assert.match(second.message, /^manual on host local exited with status 7 before it said/);
});

systemTest("a word of readiness counts also when the end is close behind", async (
  { nursery, thread },
) => {
  for (let round = 0; round < 40; round++) {
    const service = await start(nursery, thread, "brief", "exit 0");
    assert.ok((await service.ended).isClean);
    assert.equal(service.state, "finished");
  }
});

systemTest(
  "a listener that throws changes nothing for the log and the program",
  async ({ thread }) => {
    const { error } = console;
    console.error = () => {};
    try {
      const child = await thread.spawn(new Command("seq", ["1", "3"]));
      const seen: string[] = [];
      child.log!.onLine(() => {
        throw new Error("mine");
      });
      child.log!.onLine((line) => void seen.push(line));
      await child.wait();
      await child.log!.ended;
      assert.deepEqual([child.log!.tail, seen], [["1", "2", "3"], ["1", "2", "3"]]);
    } finally {
      console.error = error;
    }
  },
);
