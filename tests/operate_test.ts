/** A running system, looked at and acted on through the socket of its program. */
import assert from "node:assert/strict";
import { until } from "bailiwick/testing";
import type { EventView, LogMessage, ServiceDetail, Snapshot } from "../lib/operate/api.ts";
import { Client } from "../lib/operate/client.ts";
import { OperatedCli } from "./support/operated.ts";

Deno.test("ps, describe and events tell of a running system", async () => {
  await using cli = await OperatedCli.up();
  const lines = await cli.json<{ name: string; state: string; pid: number; scope: string }>("ps");
  assert.deepEqual(lines.map(({ name, state, scope }) => [name, state, scope]), [
    ["cache", "running", ""],
    ["orders/orderd", "running", "orders"],
    ["front", "running", ""],
  ]);
  for (const { pid } of lines) {
    assert.match(await Deno.readTextFile(`/proc/${pid}/cmdline`), /^sleep\0/);
  }
  const [detail] = await cli.json<ServiceDetail>("describe", "orders/orderd");
  assert.deepEqual([detail!.uses, detail!.usedBy], [["cache"], ["front"]]);
  assert.match(detail!.lastLines.join(), /orderd-1 is here/);
  const events = await cli.json<EventView>("events");
  assert.deepEqual(events.map(({ number }) => number), events.map((_, at) => at + 1));
  const { stdout } = await cli.run("ps");
  assert.match(stdout, /^orders\/ +standing/m);
  assert.match(stdout, /^ {2}orderd +running/m);
});

Deno.test("restart, stop and start do what they say, once each", async () => {
  await using cli = await OperatedCli.up();
  const before = await cli.pids();
  assert.equal((await cli.run("restart", "orders/orderd")).code, 0);
  const after = await cli.pids();
  assert.notEqual(after["orders/orderd"], before["orders/orderd"]);
  assert.equal(after["cache"], before["cache"]);

  const refused = await cli.run("stop", "cache");
  assert.equal(refused.code, 3);
  assert.match(refused.stderr, /cache is used by orders\/orderd, front/);
  assert.deepEqual(await cli.pids(), after);

  const stopped = await cli.run("stop", "cache", "--with-dependents");
  assert.equal(stopped.stdout.trim(), "front, orders/orderd, cache are stopped");
  assert.deepEqual(await cli.states(), {
    cache: "stopped",
    "orders/orderd": "stopped",
    front: "stopped",
  });
  assert.equal((await cli.run("start", "cache")).code, 0);
  assert.equal((await cli.states())["cache"], "running");
});

Deno.test("an unknown name is refused at once with the nearest right word", async () => {
  await using cli = await OperatedCli.up();
  for (const words of [["restart", "ordred"], ["describe", "ordred"], ["wait", "ordred"]]) {
    const { code, stderr } = await cli.run(...words);
    assert.equal(code, 2, stderr);
    assert.match(stderr, /the nearest is orders\/orderd/);
  }
  const scope = await cli.run("scope", "oders", "run");
  assert.equal(scope.code, 2);
  assert.match(scope.stderr, /the nearest is orders/);
  const argument = await cli.run("scope", "orders", "run", "databse=/x");
  assert.match(argument.stderr, /There is no argument "databse": the nearest is database/);
});

Deno.test("a scope is run again with other arguments, of the types that they have", async () => {
  await using cli = await OperatedCli.up();
  const before = await cli.pids();
  assert.equal((await cli.run("scope", "orders", "run", "size=2")).code, 0);
  const after = await cli.pids();
  assert.notEqual(after["orders/orderd"], before["orders/orderd"]);
  const { scopes } = await cli.ask((client) => client.model());
  assert.deepEqual(scopes.find(({ path }) => path === "orders")!.arguments, {
    database: { value: "/good", given: false },
    size: { value: "2", given: true },
  });
  const { code, stderr } = await cli.run("scope", "orders", "run", "size=many");
  assert.equal(code, 2);
  assert.match(stderr, /size is a number, as 2; not "many"/);
});

Deno.test("what a scope asks is shown and answered, with other arguments", async () => {
  await using cli = await OperatedCli.begin("--asks");
  const held = ({ scopes }: Snapshot) =>
    scopes.some(({ path, state }) => path === "orders" && state === "held");
  await until("the scope asks", async () => await cli.tried((client) => client.model(), held));
  assert.match((await cli.run("ps")).stdout, /orders\/ +held .*answer: again/);
  const wrong = await cli.run("answer", "orders", "agian");
  assert.equal(wrong.code, 2);
  assert.match(wrong.stderr, /again/);
  const right = await cli.run("answer", "orders", "again-with", "database=/good");
  assert.equal(right.code, 0, right.stderr);
  assert.equal((await cli.run("wait", "--timeout", "10")).code, 0);
  const late = await cli.run("answer", "orders", "again");
  assert.equal(late.code, 3);
  assert.match(late.stderr, /answered "again-with"/);
});

Deno.test("exec runs a command in the place of a service, and ends as it does", async () => {
  await using cli = await OperatedCli.up();
  const { cache } = await cli.pids();
  const script = 'pwd; cat; echo "$BAILIWICK_TEST" >&2; exit 7';
  const { code, stdout, stderr } = await cli.run("exec", "cache", "--", "sh", "-c", script);
  assert.equal(code, 7);
  assert.equal(stdout, `${await Deno.readLink(`/proc/${cache}/cwd`)}\n`);
  assert.equal(stderr, `${cli.mark}\n`);
});

Deno.test("events go on where a client has left off", async () => {
  await using cli = await OperatedCli.up();
  await cli.ask(async (client) => {
    const { event } = await client.model();
    const restarted = client.act("restart", { service: "cache" });
    const kinds: string[] = [];
    for await (const message of client.events(event)) {
      if (!("path" in message) || message["path"] !== "cache") continue;
      kinds.push(message.kind);
      if (message.kind === "service-started") break;
    }
    await restarted;
    assert.deepEqual(kinds, ["service-changed", "service-ended", "service-started"]);
  });
});

Deno.test("logs follows a service over its restarts, and filters", async () => {
  await using cli = await OperatedCli.up();
  await cli.ask(async (client) => {
    const seen: string[] = [];
    const restarted = client.act("restart", { service: "cache" });
    for await (const message of client.lines<LogMessage>("logs?service=cache&follow")) {
      assert.ok("line" in message);
      seen.push(message.instance);
      assert.equal(message.line, "cache is here");
      if (seen.length === 2) break;
    }
    assert.notEqual(seen[0], seen[1]);
    await restarted;
  });
  const grepped = await cli.json<{ service: string }>("logs", "--grep", "^orderd");
  assert.deepEqual(grepped.map(({ service }) => service), ["orders/orderd"]);
  const below = await cli.run("logs", "orders");
  assert.match(below.stdout, /^orders\/orderd +orderd-1 is here\n$/);
  const alone = await cli.run("logs", "front", "--last", "1");
  assert.equal(alone.stdout, "front is here\n");
  assert.equal((await cli.run("logs", "--grep", "(")).code, 2);
});

Deno.test("two who restart a service at once do it once", async () => {
  await using cli = await OperatedCli.up();
  await cli.ask(async (client) => {
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => client.act("restart", { service: "front" })),
    );
    assert.deepEqual(outcomes.map(({ result }) => result).sort(), [
      "done",
      ...Array(4).fill("joined"),
    ]);
    const { services } = await client.model();
    assert.equal(services.find(({ name }) => name === "front")!.restarts, 1);
  });
});

Deno.test("nobody else can open the socket, and it goes with its program", async () => {
  const cli = await OperatedCli.up();
  const path = await cli.socket();
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
  assert.equal((await Deno.stat(new URL(".", `file://${path}`))).mode! & 0o777, 0o700);
  await cli[Symbol.asyncDispose]();
  await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
});

Deno.test("a program that is paused is said not to answer, and holds up nobody", async () => {
  await using cli = await OperatedCli.up();
  cli.pause();
  const { code, stderr } = await cli.run("restart", "cache");
  cli.pause("SIGCONT");
  assert.equal(code, 1);
  assert.match(stderr, /process \d+, does not answer: it is paused, or busy/);
  assert.equal((await cli.run("restart", "cache")).code, 0);
});

Deno.test("a program that was killed leaves a socket that the next one removes", async () => {
  await using cli = await OperatedCli.up();
  const left = await cli.socket();
  await cli.kill();
  assert.equal((await cli.run("ps")).code, 2);
  await cli.again();
  await assert.rejects(Deno.stat(left), Deno.errors.NotFound);
  using client = new Client(await cli.socket());
  assert.equal((await client.program()).system, "operated");
});
