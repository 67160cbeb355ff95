/** How services stop: by what, in which order, and what is told of it. */
import assert from "node:assert/strict";
import { Command, monitor, Nursery, SIG, startService, type StopOptions } from "bailiwick";
import { type SystemContext, systemTest } from "bailiwick/testing";
import { READY, start } from "./support/services.ts";

/** A shell that is ready, and does this on SIGTERM. */
function trapping(onTerm: string): Command {
  const loop = "while :; do sleep 100 & wait $!; kill $!; done";
  return new Command("sh", ["-c", `trap '${onTerm}' TERM; echo >&3; exec 3>&-; ${loop}`]);
}

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

systemTest(
  "as many services as one likes are stopped each by its own",
  async ({ nursery, thread }) => {
    const starts = Array.from(
      { length: 150 },
      (_, index) =>
        startService(nursery, thread, new Command("sleep", ["infinity"]), { name: `s${index}` }),
    );
    const services = await Promise.all(starts);
    const ends = await Promise.all(services.map((service) => service.stop()));
    assert.deepEqual([...new Set(ends.map(String))], ["killed by SIGTERM"]);
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
