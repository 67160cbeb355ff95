/** What readiness and health make of services: by probes that go on, by lines of their logs, by none. */
import assert from "node:assert/strict";
import {
  Command,
  command,
  http,
  logLine,
  type Service,
  sshHost,
  startService,
  tcp,
} from "bailiwick";
import { runSystem, systemTest, testHostsAvailable, TestNetwork, until } from "bailiwick/testing";
import {
  failed,
  FOREVER,
  freePort,
  killWatcher,
  QUICK,
  Server,
  untilState,
} from "./support/readiness.ts";

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
  const ready = http(`http://${server.address}`, QUICK);
  const service = await startService(nursery, thread, FOREVER, { ready });
  await killWatcher(service, thread);
  await untilState(service, "unready");
  assert.match(service.reason!, /it cannot be probed/);
  assert.equal(host.info.lost, false);
  assert.equal(nursery.signal.aborted, false);
});

systemTest("health is another probe than readiness, or none", async ({ nursery, thread }) => {
  using server = new Server(0, "HTTP/1.1 200 OK\r\n\r\n");
  const http200 = http(`http://${server.address}`, { ...QUICK, tries: 2 });
  const byte = new Command("sh", ["-c", "echo >&3; exec sleep infinity"]);
  const asked = await startService(nursery, thread, byte, { ready: 3, health: http200 });
  await until("it is asked again and again", () => server.connections > 3);
  assert.equal(asked.state, "ready");
  await asked.stop();
  const before = server.connections;
  const silent = await startService(nursery, thread, FOREVER, { ready: http200, health: false });
  await startService(nursery, thread, FOREVER, { ready: tcp(server.address, QUICK) });
  await until("the other is asked again", () => server.connections > before + 4);
  await silent.stop();
  await assert.rejects(
    startService(nursery, thread, FOREVER, { health: http200 }),
    /health of sleep goes on after readiness: say by what it is ready/,
  );
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
