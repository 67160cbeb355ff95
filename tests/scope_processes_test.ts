/** Scopes of real processes: what is replaced, ends, is stopped by hand, and is kept. */
import assert from "node:assert/strict";
import {
  Command,
  type FileDescriptor,
  hold,
  keep,
  leave,
  type Nursery,
  once,
  scopeOf,
  SockaddrIn,
  type StartOptions,
  startService,
  supervise,
  type Thread,
} from "bailiwick";
import { systemTest } from "bailiwick/testing";

const READY = "echo >&3; exec sleep infinity";

function start(nursery: Nursery, thread: Thread, script: string, options: StartOptions = {}) {
  return startService(nursery, thread, new Command("sh", ["-c", script]), {
    ...{ name: "one", ready: 3 },
    ...options,
  });
}

for (const overlap of ["ready", "prepared"] as const) {
  systemTest(`what is not ${overlap} does not touch what it was to replace`, async (test) => {
    const { nursery, thread } = test;
    const service = await supervise(nursery, "web", async (nursery, { script }) => {
      return await start(nursery, thread, script, { replace: { overlap } });
    }, { arguments: { script: READY }, policy: () => leave() });
    const { pid } = service;
    const scope = scopeOf(nursery, "web");
    await assert.rejects(scope.run({ script: "exit 1" }), /exited with status 1/);
    assert.deepEqual([service.pid, service.state], [pid, "ready"]);
    const word = overlap === "prepared" ? "printf p >&3; " : "";
    await scope.run({ script: `: again; ${word}${READY}` });
    assert.notEqual(service.pid, pid);
  });
}

systemTest(
  "what is stopped first is started again when its successor is not ready",
  async (test) => {
    const { nursery, thread } = test;
    let begun = 0;
    const before = async () => void begun++;
    const service = await supervise(nursery, "web", async (nursery, { script }) => {
      return await start(nursery, thread, script, { before });
    }, { arguments: { script: READY }, policy: () => leave() });
    const { pid } = service;
    const scope = scopeOf(nursery, "web");
    await scope.run();
    assert.equal(begun, 1);
    await assert.rejects(scope.run({ script: "exit 1" }), /exited with status 1/);
    assert.equal(service.state, "ready");
    assert.notEqual(service.pid, pid);
    assert.equal(begun, 3);
  },
);

systemTest("what was stopped by hand stays so, and that is no failure", async (test) => {
  const { nursery, thread } = test;
  const service = await supervise(nursery, "web", async (nursery, { mark }) => {
    return await start(nursery, thread, `: ${mark}; ${READY}`);
  }, { arguments: { mark: 0 } });
  const scope = scopeOf(nursery, "web");
  await service.stop();
  await scope.run();
  assert.deepEqual([service.state, scope.state], ["stopped", "standing"]);
  await scope.run({ mark: 1 });
  assert.equal(service.state, "ready");
});

systemTest("a finite service is done once; a significant one ends its scope", async (test) => {
  const { nursery, thread } = test;
  const scripts: string[] = [];
  const gate = await thread.mkfifo(test.tmpdir.join("gate")).then(() => test.tmpdir.join("gate"));
  const all = await supervise(nursery, "web", async (nursery) => {
    const before = async () => void scripts.push("finite");
    const finite = await start(nursery, thread, "echo >&3", { finite: true, before });
    const other = await start(nursery, thread, READY, { name: "other" });
    const significant = await start(nursery, thread, `echo >&3; read _ < ${gate}`, {
      ...{ name: "significant", significant: true },
    });
    return { finite, other, significant };
  });
  await all.finite.ended;
  await scopeOf(nursery, "web").run();
  assert.deepEqual(scripts, ["finite"]);
  assert.equal(all.finite.state, "finished");
  await thread.writeFile(gate, "\n");
  await all.other.ended;
  assert.equal(all.other.state, "stopped");
});

systemTest(
  "what is held, kept and done once is the same in each run that claims it",
  async (test) => {
    const { nursery, thread, tmpdir } = test;
    const fds: FileDescriptor[] = [];
    let done = 0;
    const at = tmpdir.join("kept");
    await supervise(nursery, "web", async (nursery, { key, isHeld }) => {
      const make = () => thread.listen(new SockaddrIn("127.0.0.1", 0));
      if (isHeld) fds.push(await hold(nursery, thread, "http", make));
      await keep(nursery, thread, "data", { at });
      return await once(nursery, "task", key, async () => ++done);
    }, { arguments: { key: 1, isHeld: true } });
    const scope = scopeOf(nursery, "web");
    const address = `${await fds[0]!.getsockname()}`;
    await scope.run();
    assert.equal(fds[1], fds[0]);
    assert.equal(`${await fds[1]!.getsockname()}`, address);
    assert.equal(await scope.run({ key: 2 }), 2);
    await scope.run({ isHeld: false });
    assert.equal(fds[0]!.isOpen, false);
    assert.equal(done, 2);
  },
);
