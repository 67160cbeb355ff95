/** What becomes of services and of their callers, whatever goes wrong with them. */
import assert from "node:assert/strict";
import {
  Command,
  localHost,
  minutes,
  monitor,
  Nursery,
  type Service,
  ServiceError,
  ServiceNotReadyError,
  SIG,
  startService,
  type StopOptions,
  type Thread,
} from "bailiwick";
import { HeldClock, type SystemContext, systemTest } from "bailiwick/testing";
import { fromFileUrl } from "./support/urls.ts";

const READY = 3;

/** A shell that says that it is ready, then does as it is told. */
function sh(script: string): Command {
  return new Command("sh", ["-c", `echo >&3; exec 3>&-; ${script}`]);
}

const FOREVER = "exec sleep infinity";

/** A shell that is ready, and does this on SIGTERM. */
function trapping(onTerm: string): Command {
  const loop = "while :; do sleep 100 & wait $!; kill $!; done";
  return new Command("sh", ["-c", `trap '${onTerm}' TERM; echo >&3; exec 3>&-; ${loop}`]);
}

async function start(
  nursery: Nursery,
  thread: Thread,
  name: string,
  script: string | Command = FOREVER,
  uses?: readonly unknown[],
): Promise<Service> {
  const options = { name, ready: READY, ...(uses && { uses }) };
  return await startService(
    nursery,
    thread,
    typeof script === "string" ? sh(script) : script,
    options,
  );
}

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

systemTest("what is stopped on purpose has not failed, whatever its status", async (
  { nursery, thread, host },
) => {
  const killed = await start(nursery, thread, "killed");
  const unclean = await start(nursery, thread, "unclean", trapping("exit 9"));
  assert.equal(`${await killed.stop()}`, "killed by SIGTERM");
  assert.equal(`${await unclean.stop()}`, "exited with status 9");
  const child = await thread.spawn(new Command("sleep", ["infinity"]));
  const watched = monitor(nursery, child);
  await child.terminate({ grace: 1000 });
  await watched.ended;
  assert.equal(nursery.signal.aborted, false);
  assert.deepEqual(host.info.model.services.map(({ state }) => state), Array(3).fill("stopped"));
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

systemTest("output is whole when wait() settles", async ({ thread }) => {
  const command = new Command("seq", ["1", "40"]);
  for (let round = 0; round < 50; round++) {
    const child = await thread.spawn(command);
    await child.wait();
    assert.equal(child.log!.tail.length, 40);
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

/** One whose child says who told it to end: the stop, or its parent if that does so. */
function withChild(tells: boolean): Command {
  const child = "trap 'echo by the stop; exit' TERM; trap 'echo by its parent; exit' USR1; " +
    "echo >&3; exec 3>&-; while :; do sleep 0.02; done";
  const onTerm = `${tells ? "kill -USR1 $child; " : ""}wait $child; exit 0`;
  const script =
    `trap '${onTerm}' TERM INT; (${child}) 2>/dev/null & child=$!; exec 3>&-; wait $child`;
  return new Command("sh", ["-c", script]);
}

systemTest("a stop has a signal, and goes to the process group or not", async (
  { nursery, thread },
) => {
  const told = async (stop: StopOptions) => {
    const service = await startService(nursery, thread, withChild(stop.group === false), {
      ready: READY,
      stop,
    });
    assert.equal(`${await service.stop()}`, "exited with status 0");
    return service.log!.tail;
  };
  assert.deepEqual(await told({ signal: SIG.INT, group: false }), ["by its parent"]);
  assert.deepEqual(await told({ group: false }), ["by its parent"]);
  assert.deepEqual(await told({}), ["by the stop"]);
  const service = await startService(nursery, thread, trapping(""), { ready: READY });
  assert.equal(`${await service.stop({ signal: SIG.INT })}`, "killed by SIGINT");
});

systemTest("how a stop went is an event", async ({ thread, host }) => {
  await Nursery.run(async (nursery) => {
    const options = { name: "stubborn", ready: READY, stop: { grace: 50 } };
    await startService(nursery, thread, trapping(""), options);
    nursery.cancel();
  });
  const [row] = host.info.model.services;
  assert.deepEqual([row!.state, row!.end?.cause], ["stopped", "forced"]);
  const kinds = host.info.model.events.map((event) => {
    return "state" in event ? event.state : event.kind;
  });
  assert.deepEqual(kinds.slice(-5), ["starting", "ready", "step-ended", "stopping", "stopped"]);
});

systemTest("services of nested nurseries are seen, and stop in their turn", async (
  { thread, host, tmpdir },
) => {
  const order = tmpdir.join("order");
  const record = (name: string) => trapping(`echo ${name} >>${order}; exit 0`);
  await Nursery.run(async (nursery) => {
    await start(nursery, thread, "database", record("database"));
    let inner: Promise<void> | undefined;
    await new Promise<void>((ready, failed) => {
      inner = Nursery.run(async (nested) => {
        await start(nested, thread, "orderd", record("orderd"));
        await start(nested, thread, "cache", record("cache"), []);
        ready();
      }, { within: nursery, name: "shard-0" });
      inner.catch(failed);
    });
    await start(nursery, thread, "gateway", record("gateway"));
    nursery.cancel();
    await inner!.catch(() => {});
  });
  const stopped = (await thread.readTextFile(order)).trim().split("\n");
  assert.deepEqual(stopped.toSorted(), ["cache", "database", "gateway", "orderd"]);
  const at = (name: string) => stopped.indexOf(name);
  assert.ok(at("gateway") < at("orderd") && at("orderd") < at("database"), `${stopped}`);
  const paths = host.info.model.services.map(({ path, state }) => `${path} ${state}`);
  assert.deepEqual(paths, [
    "database stopped",
    "shard-0/orderd stopped",
    "shard-0/cache stopped",
    "gateway stopped",
  ]);
});

/** The events of a model about services that stop, in order. */
function stops(model: SystemContext["host"]["info"]["model"]): string[] {
  return model.events.flatMap((event) => {
    if (event.kind !== "service-changed" && event.kind !== "service-ended") return [];
    return event.state === "stopping" || event.state === "stopped" ? [event.path] : [];
  });
}

systemTest(
  "siblings stop together, and what was used after its users",
  async ({ thread, tmpdir }) => {
    const order = tmpdir.join("order");
    const record = (name: string) => {
      const note = (word: string) => `echo ${name} ${word} >>${order}`;
      return trapping(`${note("asked")}; sleep 0.1; ${note("gone")}; exit 0`);
    };
    await Nursery.run(async (nursery) => {
      const options = { ready: READY, cwd: tmpdir.join("base") };
      await startService(nursery, thread, record("base"), { name: "base", ...options });
      const twins = ["left", "right"].map((name) => start(nursery, thread, name, record(name)));
      await Promise.all(twins);
      const user = { workdir: tmpdir.join("base") };
      await start(nursery, thread, "user", record("user"), [user]);
      nursery.cancel();
    });
    const lines = (await thread.readTextFile(order)).trim().split("\n");
    const at = (line: string) => lines.indexOf(line);
    const others = ["left", "right", "user"];
    for (const name of others) assert.ok(at(`${name} gone`) < at("base asked"), `${lines}`);
    for (const name of others) {
      for (const other of others) assert.ok(at(`${name} asked`) < at(`${other} gone`), `${lines}`);
    }
  },
);

systemTest("stopping 300 services takes no longer than one of them", async ({ thread, host }) => {
  await Nursery.run(async (nursery) => {
    await Promise.all(Array.from({ length: 300 }, (_, index) => {
      return start(nursery, thread, `s${index}`);
    }));
    nursery.cancel();
  });
  const seen = stops(host.info.model);
  assert.equal(seen.length, 600);
  assert.equal(new Set(seen.slice(0, 300)).size, 300);
});

/** A shell that has said this when it is ready. */
function saying(word: string): Command {
  return new Command("sh", ["-c", `echo ${word}; echo >&3; exec 3>&-; ${FOREVER}`]);
}

Deno.test("two services of one name have two logs, and an error says which it is of", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await using host = await localHost({ logDirectory: directory });
    const running = Nursery.run(async (nursery) => {
      const first = await start(nursery, host.thread, "twin", saying("first"));
      const second = await start(nursery, host.thread, "twin", saying("second"));
      assert.notEqual(first.instance, second.instance);
      await second.kill(SIG.KILL);
      await second.ended;
      return second;
    });
    await assert.rejects(running, (error) => {
      assert.ok(error instanceof ServiceError);
      assert.match(error.message, new RegExp(`instance ${error.instance.toString(16)}`));
      assert.deepEqual(error.lastLines, ["second"]);
      return true;
    });
    const files = Array.from(Deno.readDirSync(directory), ({ name }) => name).toSorted();
    assert.equal(files.length, 2);
    const texts = files.map((name) => Deno.readTextFileSync(`${directory}/${name}`));
    const words = texts.map((text) => text.trim().split(" ").at(-1));
    assert.deepEqual(words.toSorted(), ["first", "second"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("names and output that would act on a terminal are made visible", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await using host = await localHost({ logDirectory: directory });
    await Nursery.run(async (nursery) => {
      const evil = "evil\x1b[2J\u202e";
      const script = `printf 'a\\033[31m\\n'; echo >&3; exec 3>&-; ${FOREVER}`;
      const service = await start(nursery, host.thread, evil, new Command("sh", ["-c", script]));
      assert.equal(service.path, "evil\\e[2J\\u202e");
      await service.stop();
      assert.deepEqual(service.log!.tail, ["a\\e[31m"]);
      await service.log!.ended;
    });
    for (const { name } of Deno.readDirSync(directory)) assert.doesNotMatch(name, /[^ -~]/);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a flood of output loses no line, and slows nobody but its service", async () => {
  const directory = await Deno.makeTempDir();
  const LINES = 240_000;
  try {
    await using host = await localHost({ logDirectory: directory });
    const flood = await host.thread.spawn(new Command("seq", ["1", `${LINES}`]), { name: "flood" });
    await flood.wait();
    await flood.log!.ended;
    let lines = 0;
    for (const { name } of Deno.readDirSync(directory)) {
      lines += Deno.readTextFileSync(`${directory}/${name}`).trimEnd().split("\n").length;
    }
    assert.equal(lines, LINES);
    assert.equal(host.info.model.linesDropped("flood"), 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("22 MB/s of output grow the program by 64 MiB at the most", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const program = fromFileUrl("../programs/flood.ts");
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", program, directory],
      stderr: "inherit",
    });
    const { stdout } = await child.output();
    const [growth, dropped] = new TextDecoder().decode(stdout).trim().split(" ").map(Number);
    assert.ok(growth! <= 64, `It grew by ${growth} MiB`);
    assert.equal(dropped, 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

systemTest(
  "names of nurseries and services cannot act on a terminal",
  async ({ nursery, thread }) => {
    await Nursery.run(async (inner) => {
      const command = new Command("sleep", ["infinity"]);
      const options = { name: "b\x1b[2J" };
      const started = await startService(inner, thread, command, options);
      const watched = monitor(inner, await thread.spawn(command, options));
      assert.deepEqual([started.path, watched.path], Array(2).fill("a\\e[31m/b\\e[2J"));
      for (const service of [started, watched]) await service.stop();
    }, { within: nursery, name: "a\x1b[31m" });
  },
);
