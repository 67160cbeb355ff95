/** Services that are asked whether they are ready, or write it to their log. */
import assert from "node:assert/strict";
import {
  Command,
  command,
  http,
  logLine,
  Nursery,
  seconds,
  type Service,
  ServiceError,
  SockaddrUn,
  sshHost,
  startService,
  tcp,
  type Thread,
} from "bailiwick";
import {
  HeldClock,
  runSystem,
  systemTest,
  testHostsAvailable,
  TestNetwork,
  until,
} from "bailiwick/testing";
import { failed, FOREVER, freePort, QUICK, Server, untilState } from "./support/readiness.ts";

/** The processes that the agent of a local host has. */
async function children(thread: Thread): Promise<readonly number[]> {
  const { pid } = thread.host;
  const text = await Deno.readTextFile(`/proc/${pid}/task/${pid}/children`);
  return text.trim().split(" ").map(Number);
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

systemTest("a probe whose thread was killed leaves the service, and says so", async (
  { nursery, thread, host },
) => {
  using server = new Server(0, "HTTP/1.1 200 OK\r\n\r\n");
  const before = await children(thread);
  const ready = http(`http://${server.address}`, QUICK);
  const service = await startService(nursery, thread, FOREVER, { ready });
  const [watching] = (await children(thread)).filter((pid) =>
    !before.includes(pid) && pid !== service.pid
  );
  Deno.kill(watching!, "SIGKILL");
  await untilState(service, "unready");
  assert.match(service.reason!, /it cannot be probed/);
  assert.equal(host.info.lost, false);
  assert.equal(nursery.signal.aborted, false);
});

Deno.test({
  name: "probes ask on the service's host, and go on there",
  ignore: !testHostsAvailable().ok,
}, async () => {
  await using network = await TestNetwork.make({ hosts: 1 });
  const [host] = network.hosts;
  await runSystem(
    (options) => sshHost({ to: host!.name, config: network.sshConfig }, options),
    async ({ nursery, thread, tmpdir }) => {
      const file = tmpdir.join("up");
      const ready = command(new Command("test", ["-e", file]), QUICK);
      const starting = startService(nursery, thread, FOREVER, { name: "far", ready });
      await thread.writeFile(file, "");
      const service = await starting;
      await thread.unlink(file);
      await untilState(service, "unready");
      assert.match(service.reason!, /test exited with status 1, and wrote nothing/);
      await thread.writeFile(file, "");
      await untilState(service, "ready");
      const dead = tcp(`${network.deadAddress}:80`, { timeout: 50, tries: 2 });
      const error = await failed(nursery, thread, dead, 20_000);
      assert.match(error.problem!, /no connection to [\d.]+:80 within 0.05 s/);
    },
  );
  await host!.untilEmpty();
});
