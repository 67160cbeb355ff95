/** What a standing host's program takes over, refuses and leaves alone; each connection as a program of its own. */
import assert from "node:assert/strict";
import {
  afterConfirm,
  Command,
  hold,
  type Host,
  letGo,
  localHost,
  NoteTooLongError,
  Nursery,
  once,
  SockaddrIn,
  type StartOptions,
  startService,
  supervise,
  UnknownStandingError,
} from "bailiwick";
import { until } from "bailiwick/testing";

/** A standing host of this machine, which is ended with all on it. */
class Standing implements AsyncDisposable {
  readonly #state: string;

  private constructor(state: string) {
    this.#state = state;
  }

  static async begin(): Promise<Standing> {
    return new Standing(await Deno.makeTempDir({ prefix: "standing-" }));
  }

  connect(): Promise<Host> {
    return localHost({ standing: "adopt", environment: { XDG_STATE_HOME: this.#state } });
  }

  /** Runs the body of a scope as a program that then lets go; returns what it returned. */
  async run<T>(body: (nursery: Nursery, host: Host) => Promise<T>): Promise<T> {
    await using host = await this.connect();
    return await Nursery.run(async (nursery) => {
      const value = await supervise(nursery, "", (nursery) => body(nursery, host));
      letGo(nursery);
      nursery.cancel();
      return value;
    });
  }

  /** The processes that are kept. */
  async kept(): Promise<number[]> {
    await using host = await this.connect();
    const { stands } = host.info.standing!;
    return stands.filter(({ state }) => state === "kept").map(({ pid }) => pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.connect()).down();
    await Deno.remove(this.#state, { recursive: true });
  }
}

// The library's helper is loaded for the first host of this machine, and stays.
await (await localHost()).close();

const SLEEP = new Command("sleep", ["infinity"]);

/** The message of the first cause. */
async function causeOf(run: Promise<unknown>): Promise<Error> {
  let cause: unknown = await run.then(() => assert.fail("it did not fail"), (error) => error);
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  assert.ok(cause instanceof Error);
  return cause;
}

Deno.test("a host whose agent refuses the directory of its system is an error that names that", async () => {
  const state = await Deno.makeTempDir({ prefix: "standing-" });
  const link = `${state}/bailiwick`;
  await Deno.symlink("/tmp", link);
  const connecting = localHost({ standing: "adopt", environment: { XDG_STATE_HOME: state } });
  await assert.rejects(connecting, ({ message }: Error) => message.includes(`a link: ${link}`));
  await Deno.remove(state, { recursive: true });
});

/** Notes that this program cannot read: why, and whether they say what they are of. */
const UNREADABLE = [
  ['{"schema":2,"path":"a","new":[]}', "was started by a newer program", true],
  ['{"schema":1,"path":"a","kind":"service"}', "has a note that is not whole", true],
  ["{", "has a note that is no JSON", false],
] as const;

for (const [note, why, hasPath] of UNREADABLE) {
  Deno.test(`beside a service that ${why} nothing is started, and it is not stopped`, async () => {
    await using standing = await Standing.begin();
    await standing.run(async (_, host) => {
      const child = await host.thread.spawn(SLEEP);
      await child.keep(new TextEncoder().encode(note));
    });
    const before = await standing.kept();
    assert.equal(before.length, 1);
    const start = (name: string) =>
      standing.run(async (nursery, host) => {
        return (await startService(nursery, host.thread, SLEEP, { name })).pid;
      });
    const what = `since it may stand already: process ${before[0]} of host local ${why}`;
    for (const name of hasPath ? ["a"] : ["a", "b"]) {
      const error = await causeOf(start(name));
      assert.ok(error instanceof UnknownStandingError);
      assert.ok(error.message.startsWith(`${name} is not started, ${what}`), error.message);
    }
    assert.deepEqual(await standing.kept(), before);
    const more = hasPath ? [await start("b")] : [];
    assert.deepEqual((await standing.kept()).sort(), [...before, ...more].sort());
  });
}

Deno.test("what does not outlive the program is refused, with the field that has it", async () => {
  await using standing = await Standing.begin();
  const refused = (options: (nursery: Nursery, host: Host) => Promise<StartOptions>) =>
    causeOf(standing.run(async (nursery, host) => {
      const given = await options(nursery, host);
      await startService(nursery, host.thread, SLEEP, { name: "a", ...given });
    }));
  const listen = (host: Host) => host.thread.listen(new SockaddrIn("127.0.0.1", 0));
  const fds = await refused(async (_, host) => ({ fds: { 4: await listen(host) } }));
  assert.match(
    fds.message,
    /^a is to outlive.*on host local.*: fds: descriptor \d+.* await hold\(/,
  );
  const cwd = await refused(async (_, { thread }) => ({ cwd: await thread.mkdtemp() }));
  assert.match(cwd.message, /: cwd: a temporary directory \(claim one that stays: await keep\(/);
  await standing.run(async (nursery, host) => {
    const http = await hold(nursery, host.thread, "http", () => listen(host));
    await startService(nursery, host.thread, SLEEP, { name: "a", fds: { 4: http } });
  });
});

Deno.test("the first thread of a host is the one that was made for its program", async () => {
  await using standing = await Standing.begin();
  const start = (nursery: Nursery, { thread }: Host) =>
    startService(nursery, thread, SLEEP, { name: "a" });
  await standing.run(start);
  await standing.run(async (nursery, host) => {
    await start(nursery, host);
    assert.equal(host.info.threadPid, await host.thread.syscall("getpid"));
  });
});

Deno.test("a program that fails before all has stood leaves what it found, and nothing of its own", async () => {
  await using standing = await Standing.begin();
  const system = async (nursery: Nursery, host: Host) => {
    const listen = () => host.thread.listen(new SockaddrIn("127.0.0.1", 0));
    const http = await hold(nursery, host.thread, "http", listen);
    const { pid } = await startService(nursery, host.thread, SLEEP, {
      name: "a",
      fds: { 4: http },
    });
    return { pid, address: `${await http.getsockname()}` };
  };
  const before = await standing.run(system);
  const error = await causeOf(standing.run(async (nursery, host) => {
    await system(nursery, host);
    await startService(nursery, host.thread, SLEEP, { name: "b" });
    await startService(nursery, host.thread, new Command("false"), { name: "c", ready: 3 });
  }));
  assert.match(error.message, /^Service c .* exited with status 1/);
  assert.deepEqual(await standing.kept(), [before.pid]);
  assert.deepEqual(await standing.run(system), before);
});

Deno.test("a result that is too long for a host is an error that says so", async () => {
  await using standing = await Standing.begin();
  const error = await causeOf(standing.run(async (nursery, host) => {
    await startService(nursery, host.thread, SLEEP, { name: "a" });
    await once(nursery, "filled", 1, () => Promise.resolve("x".repeat(5000)));
  }));
  assert.ok(error instanceof NoteTooLongError);
  assert.match(error.message, /^Of filled \d+ bytes .* What is longest: value with 5/);
});

Deno.test("what was done after confirmation is not done again by the next program, until its key is another", async () => {
  await using standing = await Standing.begin();
  let done = 0;
  const program = (key: number) =>
    standing.run(async (nursery, host) => {
      await startService(nursery, host.thread, SLEEP, { name: "a" });
      await afterConfirm(nursery, "finish", key, () => Promise.resolve(void done++));
      const isNoted = ({ name }: { name: string }) => name === "once:finish";
      await until("it is noted", async () => (await host.look()).some(isNoted));
    });
  await program(3);
  await program(3);
  assert.equal(done, 1);
  await program(4);
  assert.equal(done, 2);
});
