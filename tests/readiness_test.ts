/** By what services come to be known as ready, and what becomes of those that are not. */
import assert from "node:assert/strict";
import {
  AF,
  Command,
  command,
  http,
  logLine,
  Nursery,
  type ProbeOptions,
  type Readiness,
  sdNotify,
  seconds,
  type Service,
  ServiceError,
  SOCK,
  SockaddrUn,
  startService,
  tcp,
  type Thread,
} from "bailiwick";
import { HeldClock, systemTest, until } from "bailiwick/testing";

const FOREVER = new Command("sleep", ["infinity"]);
/** Quick enough for a test; long enough for any machine. */
const QUICK: ProbeOptions = { interval: 5, timeout: seconds(20) };

/** A server in this process, on the loopback of the host of these tests. */
class Server implements Disposable {
  readonly #listener: Deno.Listener;
  connections = 0;

  /** @param answer What a connection gets after its first bytes; without it they hang. */
  constructor(port = 0, answer?: string) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port });
    this.#serve(answer);
  }

  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async #serve(answer: string | undefined): Promise<void> {
    for await (const connection of this.#listener) {
      this.connections++;
      this.#answer(connection, answer).catch(() => {}).finally(() => connection.close());
    }
  }

  async #answer(connection: Deno.Conn, answer: string | undefined): Promise<void> {
    const room = new Uint8Array(1024);
    if (answer !== undefined && await connection.read(room) !== null) {
      await connection.write(new TextEncoder().encode(answer));
    } else while (await connection.read(room) !== null);
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }
}

/** A port that nobody listens on. */
function freePort(): number {
  using server = new Server();
  return server.port;
}

async function failed(
  nursery: Nursery,
  thread: Thread,
  ready: Readiness | number,
  readyTimeout = 300,
): Promise<ServiceError> {
  const start = startService(nursery, thread, FOREVER, { name: "quiet", ready, readyTimeout });
  const error = await start.then(() => undefined, (error) => error);
  assert.ok(error instanceof ServiceError, `${error}`);
  assert.equal(nursery.signal.aborted, false);
  assert.equal(error.wasReady, false);
  return error;
}

/** What says to a service's socket what the service would say. */
async function speaker(thread: Thread, service: { readonly pid: number }) {
  const environment = await thread.readTextFile(`/proc/${service.pid}/environ`);
  const [, path] = /(?:^|\0)NOTIFY_SOCKET=([^\0]*)/.exec(environment)!;
  return async (text: string) => {
    await using fd = await thread.socket(AF.UNIX, SOCK.DGRAM);
    await fd.connect(new SockaddrUn(path!));
    await fd.write(text);
  };
}

/** Starts a service that does nothing, for which this says what it would say. */
async function startSpoken(
  nursery: Nursery,
  thread: Thread,
  options: { readonly watchdog?: number } = {},
) {
  const { model } = thread.host;
  const before = model.services.length;
  const starting = startService(nursery, thread, FOREVER, { ready: sdNotify(options) });
  starting.catch(() => {});
  await until("it has started", () => model.services.length > before);
  const { pid } = model.services.at(-1)!;
  await until(
    "it has executed",
    async () => (await thread.readTextFile(`/proc/${pid}/environ`)).includes("NOTIFY_SOCKET"),
  );
  return { starting, say: await speaker(thread, { pid }) };
}

async function untilState(service: Service, state: Service["state"]): Promise<void> {
  await until(`${service.path} is ${state}`, () => service.state === state);
}

systemTest("a service without readiness is running, and never ready", async (
  { nursery, thread, host },
) => {
  const service = await startService(nursery, thread, FOREVER);
  assert.equal(service.state, "running");
  assert.equal(service.timeToReady, undefined);
  assert.equal(host.info.model.services[0]!.ready, undefined);
});

systemTest("tcp() waits until connections are taken, and goes on as health", async (
  { nursery, thread, host },
) => {
  const port = freePort();
  const starting = startService(nursery, thread, FOREVER, {
    ready: tcp(`127.0.0.1:${port}`, QUICK),
  });
  await until("it is starting", () => host.info.model.services[0]?.state === "starting");
  let service: Service;
  {
    using _server = new Server(port);
    service = await starting;
    assert.equal(service.state, "ready");
  }
  await untilState(service, "unready");
  assert.match(service.reason!, /Cannot connect to 127.0.0.1:\d+: connection refused/);
  const [row] = host.info.model.services;
  assert.equal(row!.reason, service.reason);
  using _again = new Server(port);
  await untilState(service, "ready");
  assert.equal(service.reason, undefined);
  assert.equal(host.info.model.services[0]!.ready, row!.ready);
});

systemTest("tcp() reaches a Unix socket", async ({ nursery, thread, tmpdir }) => {
  const path = `${tmpdir}/socket`;
  await using _listening = await thread.listen(new SockaddrUn(path));
  const service = await startService(nursery, thread, FOREVER, { ready: tcp(path, QUICK) });
  assert.equal(service.state, "ready");
});

systemTest("http() takes the status that is right, and no other", async ({ nursery, thread }) => {
  using good = new Server(0, "HTTP/1.1 204 No Content\r\n\r\n");
  const ready = http(`http://${good.address}/up`, { ...QUICK, status: 204 });
  const service = await startService(nursery, thread, FOREVER, { ready, health: false });
  assert.equal(service.state, "ready");
  assert.equal(good.connections, 1);
  using bad = new Server(0, "HTTP/1.1 503 Busy\r\n\r\n");
  const error = await failed(nursery, thread, http(`http://${bad.address}/up`, QUICK));
  assert.match(
    error.problem!,
    /was not ready within 0.3 s \(the last try got: http:\/\/127.0.0.1:\d+\/up answered with status 503\)/,
  );
});

systemTest("http() says what it got that is no answer", async ({ nursery, thread }) => {
  const cases: readonly [string | undefined, RegExp][] = [
    ["\x1b[2Jgarbage\n", /answered "\\u001b\[2Jgarbage\\n", no HTTP/],
    ["", /the connection was closed without an answer/],
    [undefined, /no answer within 0.02 s/],
  ];
  for (const [answer, message] of cases) {
    using server = new Server(0, answer);
    const ready = http(`http://${server.address}`, { interval: 5, timeout: 20 });
    const error = await failed(nursery, thread, ready);
    assert.match(error.problem!, message);
  }
});

systemTest("command() runs with the service's environment, and says what it wrote", async (
  { nursery, thread, tmpdir },
) => {
  const file = tmpdir.join("up");
  const test = new Command("sh", ["-c", 'echo "not yet: $MARK"; test -e "$MARK"']);
  const options = { environment: { MARK: file } };
  const error = await startService(nursery, thread, FOREVER, {
    ...options,
    ready: command(test, { ...QUICK, tries: 2 }),
  }).catch((error) => error);
  assert.ok(error instanceof ServiceError);
  assert.match(
    error.problem!,
    /was not ready after 2 tries, the last of which got: sh exited with status 1, and wrote "not yet: \/.*up"/,
  );
  const starting = startService(nursery, thread, FOREVER, {
    ...options,
    ready: command(test, QUICK),
  });
  await thread.writeFile(file, "");
  assert.equal((await starting).state, "ready");
});

systemTest("a command that hangs fails its try, and nothing of it is left", async (
  { nursery, thread },
) => {
  const hanging = new Command("sh", ["-c", "trap '' TERM; sleep infinity & sleep infinity"]);
  const error = await failed(nursery, thread, command(hanging, { timeout: 50, tries: 2 }), 20_000);
  assert.match(error.problem!, /sh did not end within 0.05 s, and wrote nothing/);
});

systemTest("a command that is not there is what the last try got", async ({ nursery, thread }) => {
  const error = await failed(nursery, thread, command(new Command("no-such-command"), QUICK));
  assert.match(error.problem!, /Cannot execute no-such-command: it is in none of PATH/);
});

systemTest("a probe is not tried sooner than its interval says", async ({ thread, host }) => {
  const clock = new HeldClock();
  using server = new Server(0, "HTTP/1.1 500 No\r\n\r\n");
  const probe = http(`http://${server.address}`, { interval: 100, tries: 4 });
  await Nursery.run(async (nursery) => {
    const starting = startService(nursery, thread, FOREVER, { ready: probe });
    const failing = assert.rejects(starting, /was not ready after 4 tries/);
    for (let tries = 1; tries < 4; tries++) {
      // The start's own limit sleeps, too.
      await until("it waits for its next try", () => clock.sleeping === 2);
      assert.equal(server.connections, tries);
      await clock.advance(99);
      assert.equal(clock.sleeping, 2);
      assert.equal(server.connections, tries);
      await clock.advance(1);
    }
    await failing;
    assert.equal(server.connections, 4);
    nursery.cancel();
  }, { clock, name: "held" });
  assert.equal(host.info.model.services[0]!.state, "failed");
});

systemTest("a start that is over ends a try that hangs", async ({ nursery, thread }) => {
  using server = new Server();
  const ready = http(`http://${server.address}`, { timeout: seconds(60) });
  const begin = performance.now();
  const error = await failed(nursery, thread, ready);
  assert.match(error.problem!, /was not ready within 0.3 s/);
  assert.ok(performance.now() - begin < seconds(30));
});

systemTest("a service that ends while it is probed has failed for its end", async (
  { nursery, thread },
) => {
  using server = new Server();
  const ready = http(`http://${server.address}`, { timeout: seconds(60) });
  const broken = new Command("sh", ["-c", "echo no config; exit 3"]);
  await assert.rejects(startService(nursery, thread, broken, { ready }), (error) => {
    assert.ok(error instanceof ServiceError);
    assert.equal(`${error.status}`, "exited with status 3");
    assert.deepEqual(error.lastLines, ["no config"]);
    return true;
  });
});

systemTest("logLine() waits for text or an expression", async ({ nursery, thread }) => {
  const script = "echo starting; echo 'ready to accept connections'; exec sleep infinity";
  const shell = new Command("sh", ["-c", script]);
  for (const line of ["accept connections", /^ready to \w+/, /CONNECTIONS$/i]) {
    const service = await startService(nursery, thread, shell, { ready: logLine(line) });
    assert.equal(service.state, "ready");
  }
  const error = await failed(nursery, thread, logLine(/never/));
  assert.match(error.problem!, /was not ready within 0.3 s/);
  await assert.rejects(
    startService(nursery, thread, new Command("echo", ["hello"]), { ready: logLine("never") }),
    /exited with status 0, before it was ready/,
  );
  await assert.rejects(
    startService(nursery, thread, FOREVER, { ready: logLine("x"), log: false }),
    /cannot be ready by a line of its log, which is not captured/,
  );
});

systemTest("logLine() misses none of what is written at once", async ({ nursery, thread }) => {
  const script =
    "echo ready; i=0; while [ $i -lt 3000 ]; do echo more $i; i=$((i+1)); done; exec sleep infinity";
  for (let round = 0; round < 20; round++) {
    const shell = new Command("sh", ["-c", script]);
    const service = await startService(nursery, thread, shell, { ready: logLine("ready") });
    await service.stop();
  }
});

systemTest("a ready line that was written before the end counts", async ({ nursery, thread }) => {
  const service = await startService(nursery, thread, new Command("echo", ["ready"]), {
    ready: logLine("ready"),
  });
  await service.ended;
  await until("it is finished", () => service.state === "finished");
});

systemTest("sdNotify() hears READY, STATUS and STOPPING", async ({ nursery, thread, host }) => {
  const { starting, say } = await startSpoken(nursery, thread);
  await say("STATUS=reading\x1b[2J");
  await until("its status is known", () => host.info.model.services[0]!.says !== undefined);
  assert.equal(host.info.model.services[0]!.says!.includes("\x1b"), false);
  assert.equal(host.info.model.services[0]!.state, "starting");
  await say("");
  await say("READY=1\nSTATUS=serving");
  const service = await starting;
  assert.equal(service.state, "ready");
  assert.equal(service.says, "serving");
  await say("STOPPING=1");
  await untilState(service, "unready");
  assert.equal(service.reason, "it says that it is stopping");
});

systemTest("sdNotify() says what was said last by a service that is not ready", async (
  { nursery, thread },
) => {
  const error = await failed(nursery, thread, sdNotify());
  assert.match(error.problem!, /was not ready within 0.3 s \(it said nothing by sd_notify\)/);
  const { starting, say } = await startSpoken(nursery, thread);
  await say("READY=maybe");
  const late = startService(nursery, thread, FOREVER, { ready: sdNotify(), readyTimeout: 100 });
  await assert.rejects(late, /was not ready within 0.1 s/);
  await say("READY=1");
  await starting;
});

systemTest("sdNotify() is not fooled by who may not write to the socket", async (
  { nursery, thread },
) => {
  const { starting, say } = await startSpoken(nursery, thread);
  const { pid } = thread.host.model.services[0]!;
  const environment = await thread.readTextFile(`/proc/${pid}/environ`);
  const [, path] = /NOTIFY_SOCKET=([^\0]*)/.exec(environment)!;
  const script = `exec 2>&1; test ! -w "$0" && echo shut out`;
  const other = await thread.spawn(new Command("sh", ["-c", script, path!]), { user: "nobody" });
  await other.wait();
  assert.deepEqual(other.log!.tail, ["shut out"]);
  await say("READY=1");
  await starting;
});

systemTest("a service that is silent for longer than its watchdog has failed", async (
  { nursery, thread },
) => {
  const running = Nursery.run(async (inner) => {
    const { starting, say } = await startSpoken(inner, thread, { watchdog: seconds(1) });
    await say("READY=1");
    const service = await starting;
    const begin = performance.now();
    await until("it was kept alive for longer than that", async () => {
      await say("WATCHDOG=1");
      return performance.now() - begin > 1500;
    });
    assert.equal(service.state, "ready");
    await service.ended;
  }, { within: nursery, name: "watched" });
  await assert.rejects(
    running,
    /did not say WATCHDOG=1 within 1 s, and was stopped: killed by SIGABRT/,
  );
});

systemTest("WATCHDOG=trigger and WATCHDOG_USEC do what systemd has them do", async (
  { nursery, thread },
) => {
  for (
    const [word, problem] of [
      ["WATCHDOG=trigger", "said WATCHDOG=trigger"],
      ["WATCHDOG_USEC=50000", "did not say WATCHDOG=1 within 0.05 s"],
    ] as const
  ) {
    const running = Nursery.run(async (inner) => {
      const { starting, say } = await startSpoken(inner, thread, { watchdog: seconds(100) });
      await say("READY=1");
      const service = await starting;
      await say(word);
      await service.ended;
    }, { within: nursery, name: "watched" });
    await assert.rejects(running, (error) => {
      assert.ok(error instanceof ServiceError, `${error}`);
      assert.equal(error.problem, problem);
      return true;
    });
  }
});
