/** Services that are asked whether they are ready: what answers, and what an error says of what did not. */
import assert from "node:assert/strict";
import {
  Command,
  command,
  http,
  Nursery,
  seconds,
  ServiceError,
  SockaddrUn,
  startService,
  tcp,
} from "bailiwick";
import { HeldClock, systemTest, until } from "bailiwick/testing";
import { failed, FOREVER, QUICK, Server } from "./support/readiness.ts";

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

systemTest("http() asks at a Unix socket, and does not wait for the end of a long answer", async (
  { nursery, thread, tmpdir },
) => {
  const address = new SockaddrUn(`${tmpdir}/socket`);
  await using server = await thread.clone();
  await using socket = await server.listen(address);
  const ready = http(address, { ...QUICK, path: "/up?now" });
  const starting = startService(nursery, thread, FOREVER, { ready, health: false });
  const signal = AbortSignal.timeout(seconds(20));
  await using connection = await socket.accept({ signal });
  const request = new TextDecoder().decode(await connection.read(1024, { signal }));
  assert.match(
    request,
    /^GET \/up\?now HTTP\/1.1\r\nHost: localhost\r\n(?:[A-Z][^\r\n]*\r\n)+\r\n$/,
  );
  await connection.writeAll("HTTP/1.1 ");
  await connection.writeAll("200 OK\r\nContent-Length: 1000000\r\n\r\nand");
  assert.equal((await starting).state, "ready");
});

systemTest("http() says what it got that is no answer", async ({ nursery, thread }) => {
  const cases: readonly [string | undefined, RegExp][] = [
    ["\x1b[2Jgarbage\n", /answered "\\u001b\[2Jgarbage\\n", no HTTP/],
    ["", /the connection was closed without an answer/],
    ["HTTP/1.1 200 OK", /answered "HTTP\/1.1 200 OK", no HTTP/],
    ["HTTP/1.1 20x OK\n", /answered "HTTP\/1.1 20x OK\\n", no HTTP/],
    [`${"x".repeat(5000)}\n`, /answered "x{100}…", no HTTP/],
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
