/** thread.lock(): one holder at a time, who is known, and whose end frees it. */
import assert from "node:assert/strict";
import { Command, LockedError, sshHost } from "bailiwick";
import { runSystem, systemTest, testHostsAvailable, TestNetwork } from "bailiwick/testing";

const PROGRAM = new URL("support/locking_program.ts", import.meta.url).pathname;

async function refused(locking: Promise<unknown>): Promise<LockedError> {
  const error = await locking.then(() => assert.fail("It was free"), (error) => error);
  assert.ok(error instanceof LockedError, `${error}`);
  return error;
}

systemTest("lock() is held once, freed when it is disposed, and leaves nothing", async (
  { thread, tmpdir },
) => {
  const clone = await thread.clone();
  const lock = await clone.lock(tmpdir);
  await using _later = await thread.clone();
  const child = await thread.spawn(new Command("sleep", ["1000"]));
  const error = await refused(thread.lock(tmpdir));
  const expected = `${tmpdir} on host local is locked by process ${error.holder?.pid}, ` +
    `pid ${Deno.pid} on ${Deno.hostname()}: `;
  assert.ok(error.message.startsWith(expected), error.message);
  assert.ok(lock.isHeld);
  await lock[Symbol.asyncDispose]();
  await lock[Symbol.asyncDispose]();
  assert.ok(!lock.isHeld);
  await using again = await thread.lock(tmpdir);
  assert.equal(again.directory, `${tmpdir}`);
  assert.deepEqual(await thread.readDirectory(tmpdir), []);
  await child[Symbol.asyncDispose]();
  await clone[Symbol.asyncDispose]();
  await assert.rejects(thread.lock(tmpdir.join("missing")), { code: "ENOENT" });
});

systemTest("lock() waits for its turn, or until its signal is aborted", async (
  { thread, tmpdir },
) => {
  const lock = await thread.lock(tmpdir);
  const waiting = thread.lock(tmpdir, { wait: true });
  const aborting = new AbortController();
  const given = assert.rejects(thread.lock(tmpdir, { wait: true, signal: aborting.signal }), {
    message: "given up",
  });
  aborting.abort(new Error("given up"));
  await given;
  await lock[Symbol.asyncDispose]();
  await using _mine = await waiting;
  await refused(thread.lock(tmpdir));
});

systemTest("lock() says which command holds it, when that is none of ours", async (
  { thread, tmpdir },
) => {
  const script = 'exec 9<"$0"; flock 9; echo >&3; exec 3>&-; exec sleep 1000 9<&9';
  const child = await thread.spawn(new Command("sh", ["-c", script, tmpdir]), { ready: 3 });
  await child.ready;
  const { message } = await refused(thread.lock(tmpdir));
  // The lock is that of the process that took it, flock(1), which has ended: its file is open still.
  assert.match(message, /is locked by (a process that cannot be seen|process \d+)/);
  await child[Symbol.asyncDispose]();
});

systemTest(
  "lock() of a program that is killed is free, and others are told of it until then",
  async (
    { thread, tmpdir },
  ) => {
    await using program = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", PROGRAM, `${tmpdir}`],
      stdout: "piped",
    }).spawn();
    const reader = program.stdout.getReader();
    await reader.read();
    const { message } = await refused(thread.lock(tmpdir));
    const expected = `pid ${program.pid} on ${Deno.hostname()}: locking_program.ts ${tmpdir}`;
    assert.ok(message.includes(expected), message);
    program.kill("SIGKILL");
    await program.status;
    await reader.cancel();
    await using lock = await thread.lock(tmpdir, {
      wait: true,
      signal: AbortSignal.timeout(20_000),
    });
    assert.ok(lock.isHeld);
  },
);

systemTest(
  "lock() is not held any more when its process was killed",
  async ({ thread, tmpdir }) => {
    await using lock = await thread.lock(tmpdir);
    const { holder } = await refused(thread.lock(tmpdir));
    await thread.run(new Command("kill", ["-KILL", holder!.pid]));
    await using other = await thread.lock(tmpdir, { wait: true });
    assert.deepEqual([other.isHeld, lock.isHeld], [true, false]);
  },
);

Deno.test(
  { name: "lock() keeps programs apart on another host", ignore: !testHostsAvailable().ok },
  async () => {
    await using network = await TestNetwork.make({ hosts: 1 });
    const [host] = network.hosts;
    const to = { to: host!.name, config: network.sshConfig };
    await runSystem((options) => sshHost(to, options), async ({ thread, tmpdir }) => {
      const other = await sshHost(to);
      await using _lock = await other.thread.lock(`${tmpdir}`);
      const error = await refused(thread.lock(tmpdir));
      assert.match(
        error.message,
        new RegExp(`on host ${thread.host.name} is locked by process \\d+, pid ${Deno.pid} on `),
      );
      await other.close();
      await using _again = await thread.lock(tmpdir, { wait: true });
    });
    await host!.untilEmpty();
  },
);
