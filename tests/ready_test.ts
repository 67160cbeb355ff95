/** Services that do not become ready, that die later, and the order in which those before them stop. */
import assert from "node:assert/strict";
import {
  AF,
  Command,
  localHost,
  Nursery,
  type Path,
  type Service,
  ServiceError,
  SOCK,
  SockaddrIn,
  starting,
  startService,
  type Thread,
} from "bailiwick";
import { systemTest } from "bailiwick/testing";
import { Database, startOrderd } from "../components/orderd/mod.ts";
import { startPositiond } from "../components/positiond/mod.ts";

const READY = 3;

/** A service that is ready, and on SIGTERM adds its name to the file `order`, then does as it is told. */
function sh(name: string, order: Path, then = "exit 0"): Command {
  const onTerm = `echo ${name} >>"$order"; ${then}`;
  const script = `trap '${onTerm}' TERM; echo >&3; exec 3>&-
while :; do sleep 1000 & wait $!; kill $!; done`;
  return new Command("sh", ["-c", script]).env({ order: `${order}` });
}

async function startRecorder(
  nursery: Nursery,
  thread: Thread,
  name: string,
  order: Path,
  then?: string,
): Promise<Service> {
  const options = { name, ready: READY, stop: { grace: 200 } };
  return await startService(nursery, thread, sh(name, order, then), options);
}

async function startAll(nursery: Nursery, thread: Thread, order: Path, names: readonly string[]) {
  for (const name of names) await startRecorder(nursery, thread, name, order);
}

/** A service that says two lines and fails. */
async function startBroken(nursery: Nursery, thread: Thread): Promise<Service> {
  const command = new Command("sh", ["-c", "echo reading; echo it is broken >&2; exit 7"]);
  return await starting(
    "startBroken",
    () => startService(nursery, thread, command, { name: "broken", ready: READY }),
  );
}

async function stopped(thread: Thread, order: Path): Promise<string[]> {
  return (await thread.readTextFile(order)).trim().split("\n");
}

systemTest("a service that fails before it is ready stops all before it, the last first", async (
  { thread, tmpdir },
) => {
  const order = tmpdir.join("order");
  const running = Nursery.run(async (nursery) => {
    await startAll(nursery, thread, order, ["first", "second", "third"]);
    await startBroken(nursery, thread);
  });
  await assert.rejects(running, (error) => {
    assert.ok(error instanceof ServiceError, `${error}`);
    assert.equal(error.path, "broken");
    assert.equal(error.wasReady, false);
    assert.equal(`${error.status}`, "exited with status 7");
    assert.deepEqual(error.lastLines, ["reading", "it is broken"]);
    assert.deepEqual(error.waiting, ["startBroken"]);
    assert.match(error.message, /before it was ready.*it is broken/s);
    return true;
  });
  assert.deepEqual(await stopped(thread, order), ["third", "second", "first"]);
});

systemTest("a service that dies later fails the nursery and stops the others in turn", async (
  { thread, tmpdir },
) => {
  const order = tmpdir.join("order");
  let victim: Service | undefined;
  const running = Nursery.run(async (nursery) => {
    await startAll(nursery, thread, order, ["first", "second"]);
    victim = await startRecorder(nursery, thread, "victim", order);
    await startAll(nursery, thread, order, ["third"]);
    await victim.kill(9);
  });
  await assert.rejects(running, (error) => {
    assert.ok(error instanceof ServiceError, `${error}`);
    assert.equal(error.path, "victim");
    assert.equal(error.wasReady, true);
    assert.equal(`${error.status}`, "killed by SIGKILL");
    return true;
  });
  assert.deepEqual(await stopped(thread, order), ["third", "second", "first"]);
});

systemTest("a cancelled nursery stops in reverse order, and waits for each one's grace", async (
  { thread, tmpdir },
) => {
  const order = tmpdir.join("order");
  const children = await Nursery.run(async (nursery) => {
    const first = await startRecorder(nursery, thread, "first", order);
    const stubborn = await startRecorder(nursery, thread, "stubborn", order, ":");
    const last = await startRecorder(nursery, thread, "last", order);
    nursery.cancel();
    return [first, stubborn, last];
  });
  assert.deepEqual(await stopped(thread, order), ["last", "stubborn", "first"]);
  assert.deepEqual(children.map(({ status }) => `${status}`), [
    "exited with status 0",
    "killed by SIGKILL",
    "exited with status 0",
  ]);
});

async function listen(thread: Thread) {
  const sock = await thread.socket(AF.INET, SOCK.STREAM);
  await sock.bind(new SockaddrIn("127.0.0.1", 0));
  await sock.listen(16);
  return sock;
}

systemTest("startOrderd() throws orderd's own words when its database is damaged", async (
  { thread, tmpdir },
) => {
  const running = Nursery.run(async (nursery) => {
    const database = await Database.make(thread, tmpdir.join("db"));
    await thread.writeFile(database.path, "no database");
    const positiond = await startPositiond(nursery, thread, tmpdir.join("positiond"));
    await using sock = await listen(thread);
    await startOrderd(nursery, thread, positiond, sock, database);
  });
  await assert.rejects(running, (error) => {
    assert.ok(error instanceof ServiceError, `${error}`);
    assert.equal(error.path, "orderd");
    assert.match(error.lastLines.join("\n"), /not a database/);
    return true;
  });
});

systemTest("startOrderd() refuses a positiond of another host", async (
  { nursery, thread, tmpdir },
) => {
  await using other = await localHost({ name: "elsewhere" });
  await using directory = await other.thread.mkdtemp();
  const positiond = await startPositiond(nursery, thread, tmpdir.join("positiond"));
  const database = await Database.make(other.thread, directory.join("db"));
  const sock = await listen(other.thread);
  await assert.rejects(startOrderd(nursery, other.thread, positiond, sock, database), (error) => {
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /is a path on host local and cannot be used on host elsewhere/);
    return true;
  });
});
