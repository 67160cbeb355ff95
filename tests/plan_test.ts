/** What a plan of real services says, that it changes nothing, and that it says where it cannot see. */
import assert from "node:assert/strict";
import {
  Command,
  type FileDescriptor,
  hold,
  keep,
  type Nursery,
  once,
  planOf,
  planOfScope,
  planText,
  scopeOf,
  SockaddrIn,
  startService,
  supervise,
  type Thread,
} from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { startGatewayd } from "../components/gatewayd/mod.ts";
import { Database, startOrderd } from "../components/orderd/mod.ts";
import { startPositiond } from "../components/positiond/mod.ts";

/** What stands on a host: its processes, their descriptors, and files below a directory. */
async function standing(pid: number, directory: string): Promise<unknown> {
  const children = await descendants(pid);
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = `${directory}/${name}`;
    files.push(`${path} ${(await Deno.lstat(path)).mtime?.getTime()}`);
    if (isDirectory) {
      for await (const { name } of Deno.readDir(path)) files.push(`${path}/${name}`);
    }
  }
  const open = await Promise.all(
    [pid, ...children].map((pid) => Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`))),
  );
  return { children, files: files.sort(), open: open.map((each) => each.length) };
}

async function descendants(pid: number): Promise<number[]> {
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return text.split(" ").filter((word) => word !== "").map(Number).sort();
}

interface Values {
  readonly database: Database;
  readonly shards: number;
}

function shop(thread: Thread, data: { join(name: string): ReturnType<Thread["path"]> }) {
  const listen = () => thread.listen(new SockaddrIn("127.0.0.1", 0));
  return async (nursery: Nursery, { database, shards }: Values) => {
    const front = await hold(nursery, thread, "front", listen);
    const sock = await hold(nursery, thread, "orders socket", listen);
    await keep(nursery, thread, "data", { at: data.join("data") });
    const orderd = await supervise(nursery, "orders", async (nursery) => {
      const positiond = await startPositiond(nursery, thread, data.join("positiond"));
      return await startOrderd(nursery, thread, positiond, sock, database);
    });
    if (shards > 1) {
      await once(nursery, "fill", shards, async () => {
        await thread.writeFile(data.join("filled"), `${shards}`);
        return shards;
      });
    }
    return await startGatewayd(nursery, thread, [orderd], front);
  };
}

systemTest(
  "a plan says what a run with other arguments changes, and changes nothing",
  async (test) => {
    const { nursery, thread, tmpdir, host } = test;
    const [database, other] = await Promise.all(
      ["orders.db", "other.db"].map((name) => Database.make(thread, tmpdir.join(name))),
    );
    const body = shop(thread, tmpdir);
    await supervise(nursery, "", body, { arguments: { database: database!, shards: 1 } });
    const scope = scopeOf(nursery, "");
    const before = await standing(host.info.pid, `${tmpdir}`);

    const same = await planOfScope(nursery, scope);
    assert.ok(same.isEmpty);
    assert.equal(planText(same), "nothing to change\n6 stay as they are");
    const plan = await planOfScope(nursery, scope, { arguments: { database: other!, shards: 2 } });
    assert.deepEqual(await standing(host.info.pid, `${tmpdir}`), before);
    assert.deepEqual(plan.actions.map(({ deed, path }) => `${deed} ${path}`), [
      ...["keep front", "keep orders socket", "keep data", "keep orders/positiond"],
      ...["replace orders/orderd", "run fill"],
    ]);
    const [orderd] = plan.changes;
    assert.deepEqual(orderd!.fields, ["arguments"]);
    assert.deepEqual(orderd!.reasons, [
      `arguments[6].path was "${database!.path}" and is "${other!.path}"`,
    ]);
    assert.deepEqual(plan.seals.map(({ what }) => what), [
      "use fill, which is not known before it is there",
    ]);
    const again = await planOfScope(nursery, scope, { arguments: { database: other!, shards: 2 } });
    assert.equal(again.digest, plan.digest);
    assert.notEqual(plan.digest, same.digest);

    const pids = () => new Map(host.info.model.services.map(({ path, pid }) => [path, pid]));
    const old = pids();
    await scope.run({ database: other! });
    assert.notEqual(pids().get("orders/orderd"), old.get("orders/orderd"));
    assert.equal(pids().get("orders/positiond"), old.get("orders/positiond"));
    assert.equal(pids().get("gatewayd"), old.get("gatewayd"));
  },
);

systemTest(
  "a plan says where it cannot see, and the rest of that scope is refused",
  async (test) => {
    const { thread, tmpdir } = test;
    const refused: unknown[] = [];
    const body = async (nursery: Nursery) => {
      const sleep = new Command("sleep", ["infinity"]);
      await startService(nursery, thread, sleep, { name: "first" });
      await supervise(nursery, "shard", async (nursery) => {
        await startService(nursery, thread, sleep, { name: "second" });
        await thread.writeFile(tmpdir.join("conf"), "x").catch((error) => refused.push(error));
        await startService(nursery, thread, sleep, { name: "third" }).catch((error) =>
          refused.push(error)
        );
      });
      await startService(nursery, thread, sleep, { name: "fourth" });
    };
    const plan = await planOf(body, []);
    assert.deepEqual(plan.actions.map(({ deed, path }) => `${deed} ${path}`), [
      "start first",
      "start shard/second",
    ]);
    assert.deepEqual(
      refused.map((error) => (error as Error).name),
      Array(2).fill("UnforeseenError"),
    );
    const line = (text: string) => lineOf(text);
    assert.deepEqual(plan.seals, [
      {
        scope: "shard",
        what: `open ${tmpdir.join("conf")}`,
        place: `tests/plan_test.ts:${line('thread.writeFile(tmpdir.join("conf"), "x")')}`,
      },
      {
        scope: "",
        what: "use what scope shard returns",
        place: `tests/plan_test.ts:${line('supervise(nursery, "shard"')}`,
      },
    ]);
    await assert.rejects(Deno.stat(`${tmpdir.join("conf")}`), Deno.errors.NotFound);
  },
);

/** The line of this file that has a text first. */
function lineOf(text: string): number {
  const lines = Deno.readTextFileSync(new URL(import.meta.url)).split("\n");
  return lines.findIndex((line) => line.includes(text)) + 1;
}

systemTest(
  "what is asked of a service or a socket that is not there yet cannot be foreseen",
  async (test) => {
    const { nursery, thread } = test;
    const asked: Record<string, (fd: FileDescriptor) => Promise<unknown>> = {
      "use socket, which is not open yet": (fd) => fd.getsockname(),
      "ask for the pid of sleep": async (_fd) => {
        const service = await startService(current!, thread, new Command("sleep", ["infinity"]));
        return service.pid;
      },
      "start a task that says when it is ready": () =>
        current!.start<number>(async (ready) => ready(1), "a task that says when it is ready"),
      "fail: Error: no such luck": () => Promise.reject(new Error("no such luck")),
    };
    let current: Nursery | undefined;
    for (const [what, ask] of Object.entries(asked)) {
      const plan = await planOf(async (nursery) => {
        current = nursery;
        const listen = () => thread.listen(new SockaddrIn("127.0.0.1", 0));
        await ask(await hold(nursery, thread, "socket", listen));
      }, []);
      assert.deepEqual(plan.seals.map(({ what }) => what), [what]);
      assert.match(plan.seals[0]!.place!, /^tests\/plan_test\.ts:\d+$/);
    }
    assert.equal(nursery.signal.aborted, false);
  },
);

systemTest("tasks are left out, and a body that does not end is given up", async (test) => {
  const { clock } = test.nursery;
  let ran = false;
  const plan = await planOf(
    async (nursery) => {
      nursery.spawn(async () => void (ran = true));
      await new Promise(() => {});
    },
    [],
    { clock, limit: 50 },
  );
  assert.equal(ran, false);
  assert.deepEqual(plan.seals.map(({ what }) => what), ["wait for something for more than 0.05 s"]);
});
